using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Replication.Target;

/// <summary>Received batches, as received: appended and flushed before the sender is answered.</summary>
/// <remarks>
/// Segment files of records; the first record of each names the incarnation, the session and the session's first batch: on recovery a
/// segment of a later session takes back what earlier ones stored from that number on. Threads that append at the same time share
/// one flush. After a failed flush nothing is accepted any more.
/// </remarks>
internal sealed class IngestLog(ReplicaOptions options, Action<string> step) : IDisposable
{
    private const int SessionRecord = 1;
    private const int BatchRecord = 2;

    private readonly string _directory = Path.Combine(options.Directory, "ingest");
    private readonly Lock _append = new();
    private readonly Lock _flush = new();
    private readonly List<IngestSegment> _segments = [];
    private readonly List<(string Path, long End)> _damaged = [];
    private IngestSegment? _current;
    private SessionMark _session = new(Guid.Empty, Guid.Empty, 0);
    private long _written;
    private long _flushed;
    private Written _newest = new(0, null);
    private ReplicationException? _failure;

    /// <summary>Reads what is stored for the control record's incarnation and session.</summary>
    /// <returns>The batches from its next one on that are still valid, and the damage found, if any.</returns>
    public (IReadOnlyList<IngestEntry> Entries, ReplicationException? Damage) Recover(ControlRecord control)
    {
        Directory.CreateDirectory(_directory);
        var entries = new Dictionary<long, IngestEntry>();
        ReplicationException? damage = null;
        var paths = Directory.GetFiles(_directory, "*.seg").Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < paths.Count; i++)
        {
            damage = RecoverSegment(paths[i], i == paths.Count - 1, control, entries) ?? damage;
        }

        Forget(entries, control.SessionStart, s => s != control.Session);
        _session = new SessionMark(control.Incarnation, control.Session, control.SessionStart);
        return (entries.Values.OrderBy(e => e.Number).ToList(), damage);
    }

    /// <summary>Fences every earlier session; what is appended from now on belongs to this one.</summary>
    public void StartSession(Guid incarnation, Guid session, long start)
    {
        lock (_append)
        {
            CloseCurrent();
            DropDamaged();
            _session = new SessionMark(incarnation, session, start);
        }
    }

    /// <summary>Stores a batch; it is durable when this returns.</summary>
    public IngestEntry Append(BatchHeader header, ReadOnlyMemory<byte> frame, DateTimeOffset now)
    {
        IngestEntry entry;
        long ticket;
        lock (_append)
        {
            ThrowIfFailed();
            if (header.Session != _session.Session)
            {
                throw Fenced(header.Session);
            }

            step("ingest.append");
            var segment = SegmentFor(frame.Length);
            var record = segment.File.Append(BatchRecord, 0, header.Number, now.UtcTicks, frame);
            segment.MaxNumber = Math.Max(segment.MaxNumber, header.Number);
            entry = new IngestEntry(header, now, segment, record);
            ticket = ++_written;
            Volatile.Write(ref _newest, new Written(ticket, segment.File));
        }

        FlushThrough(ticket);
        return entry;
    }

    /// <summary>Deletes what is applied: the segments that hold nothing from <paramref name="nextApply"/> on.</summary>
    public void Discard(long nextApply)
    {
        lock (_append)
        {
            lock (_flush)
            {
                foreach (var segment in _segments.Where(s => s.MaxNumber < nextApply).ToList())
                {
                    // The one in use is kept while small: a new file for every batch would cost more than it frees.
                    if (segment != _current || segment.File.Tail > options.IngestSegmentBytes / 4)
                    {
                        Delete(segment);
                    }
                }
            }
        }
    }

    /// <summary>Remembers a batch found bad, so that the next session, which brings it again, cuts it off.</summary>
    public void MarkDamaged(IngestEntry entry)
    {
        lock (_append)
        {
            _damaged.Add((entry.Segment.File.Path, entry.Record.Position));
        }
    }

    /// <summary>Deletes everything.</summary>
    public void Clear() => Discard(long.MaxValue);

    public static ReplicationException Fenced(Guid session) => new(
        ErrorCodes.SessionFenced,
        $"Session {session} is over: another one writes to this replica. Open a new session to go on.",
        isTransient: false);

    public void Dispose()
    {
        lock (_append)
        {
            lock (_flush)
            {
                _failure ??= new ReplicationException(ErrorCodes.ReplicaState, "The replica store is closed.", isTransient: true);
                _segments.ForEach(s => s.File.Dispose());
                _segments.Clear();
                _current = null;
            }
        }
    }

    private ReplicationException? RecoverSegment(
        string path, bool isLast, ControlRecord control, Dictionary<long, IngestEntry> entries)
    {
        var ordinal = long.Parse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture);
        var file = RecordFile.Open(path, ordinal);
        // A segment is flushed as a whole before the next one is begun.
        var scan = file.Scan(isLast ? 0 : new FileInfo(path).Length);
        var damage = scan.IsDamaged ? file.Damaged(scan.End) : null;
        if (scan.IsDamaged)
        {
            _damaged.Add((path, scan.End));
        }
        else if (new FileInfo(path).Length > scan.End)
        {
            file.Truncate(scan.End); // A torn tail must not look like damage once other segments follow.
        }

        if (scan.Records.Count == 0 || ReadMark(file, scan.Records[0]) is not { } mark || mark.Incarnation != control.Incarnation)
        {
            // Another history, or a file a crash left before anything of it was acknowledged.
            file.Dispose();
            if (damage is not null && scan.Records.Count == 0)
            {
                return damage;
            }

            File.Delete(path);
            return null;
        }

        var segment = new IngestSegment(ordinal, file);
        _segments.Add(segment);
        Forget(entries, mark.Start, s => s != mark.Session);
        foreach (var record in scan.Records.Skip(1))
        {
            AddRecovered(segment, record, control, entries);
        }

        return damage;
    }

    private void AddRecovered(
        IngestSegment segment, RecordHeader record, ControlRecord control, Dictionary<long, IngestEntry> entries)
    {
        segment.MaxNumber = Math.Max(segment.MaxNumber, record.A);
        if (record.A >= control.NextApply)
        {
            var header = options.Codec.ReadHeader(segment.File.ReadBody(record));
            var received = new DateTimeOffset(record.B, TimeSpan.Zero);
            entries.TryAdd(record.A, new IngestEntry(header, received, segment, record));
        }
    }

    private static void Forget(Dictionary<long, IngestEntry> entries, long start, Func<Guid, bool> otherSession)
    {
        foreach (var entry in entries.Values.Where(e => e.Number >= start && otherSession(e.Header.Session)).ToList())
        {
            entries.Remove(entry.Number);
        }
    }

    private static SessionMark? ReadMark(RecordFile file, RecordHeader record) =>
        record.Kind == SessionRecord ? JsonSerializer.Deserialize<SessionMark>(file.ReadBody(record)) : null;

    private IngestSegment SegmentFor(int length)
    {
        if (_current is { } current && current.File.Tail + length <= options.IngestSegmentBytes)
        {
            return current;
        }

        CloseCurrent();
        var ordinal = _segments.Count == 0 ? 1 : _segments[^1].Ordinal + 1;
        var path = Path.Combine(_directory, ordinal.ToString("D12", CultureInfo.InvariantCulture) + ".seg");
        step("ingest.create");
        var file = RecordFile.Create(path, ordinal);
        try
        {
            file.Append(SessionRecord, 0, 0, 0, JsonSerializer.SerializeToUtf8Bytes(_session));
            file.FlushNew();
        }
        catch (ReplicationException e)
        {
            file.Dispose();
            File.Delete(path);
            FailIfFlush(e);
            throw;
        }

        _segments.Add(_current = new IngestSegment(ordinal, file));
        return _current;
    }

    private void CloseCurrent()
    {
        if (_current is not null && _failure is null)
        {
            FlushThrough(_written);
        }

        _current = null;
    }

    private void DropDamaged()
    {
        foreach (var (path, end) in _damaged.Where(d => File.Exists(d.Path)))
        {
            using var file = FileIo.Open(path, FileMode.Open, FileShare.ReadWrite);
            FileIo.SetLength(file, path, end);
        }

        _damaged.Clear();
    }

    private void FlushThrough(long ticket)
    {
        lock (_flush)
        {
            ThrowIfFailed();
            if (_flushed >= ticket)
            {
                return; // Somebody else's flush covered this record.
            }

            var newest = Volatile.Read(ref _newest);
            try
            {
                step("ingest.flush");
                newest.File?.Flush();
                _flushed = newest.Ticket;
            }
            catch (ReplicationException e)
            {
                _failure = e;
                throw;
            }
        }
    }

    private void Delete(IngestSegment segment)
    {
        step("ingest.delete");
        _segments.Remove(segment);
        segment.File.Dispose();
        File.Delete(segment.File.Path);
        if (segment == _current)
        {
            _current = null;
            _flushed = _written;
            Volatile.Write(ref _newest, new Written(_written, null));
        }
    }

    private void FailIfFlush(ReplicationException error)
    {
        if (error.Code == ErrorCodes.FlushFailed)
        {
            _failure = error;
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new ReplicationException(failure.Code, failure.Message, failure.IsTransient, failure);
        }
    }

    private sealed record SessionMark(Guid Incarnation, Guid Session, long Start);

    private sealed record Written(long Ticket, RecordFile? File);
}

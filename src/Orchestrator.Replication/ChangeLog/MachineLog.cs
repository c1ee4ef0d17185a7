using Orchestrator.Replication.Integrity;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>The change logs of all disks of a machine under one sequence and one append lock.</summary>
/// <remarks>
/// One lock for numbering and copying makes every killed process leave an exact prefix: at most the one record being written is torn.
/// Anything else that is missing was damaged, and <see cref="LogHead"/> tells so. Lock order: append, then control.
/// </remarks>
internal sealed class MachineLog : IDisposable
{
    private const string LostMark = "A resync is needed.";
    private readonly CaptureOptions _options;
    private readonly Lock _append = new();
    private readonly Lock _flushing = new();
    private readonly ControlFile _control;
    private readonly LogHead _head;
    private readonly SegmentPool _pool;
    private readonly DiskLog[] _logs;
    private readonly Backlog _backlog = new();
    private readonly ChangeSignal _signal = new();
    private long _last;
    private long _released;
    private long _epoch;
    private Guid _incarnation;
    private volatile CaptureLoss? _loss;
    private volatile bool _isClosed;

    public MachineLog(CaptureOptions options, ControlFile control, LogHead head, SegmentPool pool, Guid incarnation)
    {
        (_options, _control, _head, _pool, _incarnation) = (options, control, head, pool, incarnation);
        _logs = [.. Enumerable.Range(0, options.Disks.Count).Select(disk => new DiskLog((ushort)disk, pool))];
        MaxDataLength = (int)Math.Min(4 << 20, ((options.SegmentBytes - Segment.DataStart) / 2) & -RecordHeader.Size) - RecordHeader.Size;
    }

    /// <summary>The most data a record may have; larger writes become several records.</summary>
    public int MaxDataLength { get; }

    public Guid Incarnation
    {
        get
        {
            lock (_append)
            {
                return _incarnation;
            }
        }
    }

    public long LastSequence => Interlocked.Read(ref _last);

    public long Released => Interlocked.Read(ref _released);

    public long BacklogBytes => _backlog.Bytes;

    public CaptureLoss? Loss => _loss;

    public ChangeSignal Changed => _signal;

    public bool IsClosed => _isClosed;

    public ControlFile Control => _control;

    /// <summary>Takes over what recovery found.</summary>
    public void Adopt(RecoveredLog recovered)
    {
        lock (_append)
        {
            (_last, _released, _epoch) = (recovered.LastSequence, recovered.Released, recovered.Epoch);
            foreach (var (first, end) in recovered.Disks)
            {
                _logs[first.Disk].Adopt(first, end);
            }

            foreach (var (sequence, bytes) in recovered.Sizes)
            {
                _backlog.Add(sequence, bytes);
            }

            _head.Published = _last;
            _head.IsLost = false;
            StartLogs();
        }
    }

    /// <summary>Numbers a change and logs it; it survives the process when this returns. Does nothing once the log is lost.</summary>
    public void Append(int disk, RecordType type, long offset, long effectLength, ReadOnlySpan<byte> data)
    {
        var crc = Crc32C.Compute(data);
        var now = _options.TimeProvider.GetUtcNow();
        lock (_append)
        {
            if (_loss is not null)
            {
                return;
            }

            var sequence = _last + 1;
            if (_logs[disk].TryReserve(data.Length, _incarnation, sequence, NewNonce, out var reason) is not { } slot)
            {
                DeclareLoss(ErrorCodes.ChangeLogFull, $"The change log {_options.LogDirectory} cannot take more: {reason}.");
                return;
            }

            var header = new RecordHeader(
                type, (ushort)disk, data.Length, sequence, offset, effectLength, Microseconds(now), crc, slot.Segment.Nonce);
            _backlog.Add(sequence, _logs[disk].Append(slot, header, data));
            Publish(sequence);
        }

        _signal.Set();
    }

    /// <summary>Ends the epoch in every disk's log. The caller keeps writes away.</summary>
    /// <exception cref="ReplicationException">The log is lost; the code is the loss's.</exception>
    public EpochMark AppendMark(EpochKind kind, Guid pointId)
    {
        var now = _options.TimeProvider.GetUtcNow();
        lock (_append)
        {
            ThrowIfLost();
            var mark = new EpochMark(_epoch + 1, _last + 1, kind, pointId, now);
            Span<byte> data = stackalloc byte[MarkPayload.Size];
            MarkPayload.Write(data, mark);
            for (var disk = 0; disk < _logs.Length; disk++)
            {
                if (_logs[disk].TryReserve(data.Length, _incarnation, mark.Sequence, NewNonce, out var reason) is not { } slot)
                {
                    DeclareLoss(ErrorCodes.ChangeLogFull, $"The change log {_options.LogDirectory} cannot take more: {reason}.");
                    ThrowIfLost();
                    return mark;
                }

                var header = new RecordHeader(
                    RecordType.Mark, (ushort)disk, data.Length, mark.Sequence, 0, 0, Microseconds(now), Crc32C.Compute(data), slot.Segment.Nonce);
                _backlog.Add(mark.Sequence, _logs[disk].Append(slot, header, data));
            }

            _epoch = mark.Epoch;
            Publish(mark.Sequence);
            _signal.Set();
            return mark;
        }
    }

    /// <summary>Makes everything logged so far durable. A failure costs the log, not the caller.</summary>
    public void Flush()
    {
        lock (_flushing)
        {
            List<Segment> segments;
            lock (_append)
            {
                segments = [.. _logs.SelectMany(log => log.TakeUnflushed())];
            }

            try
            {
                segments.ForEach(segment => segment.Flush());
            }
            catch (ReplicationException error)
            {
                DeclareLoss(error.Code, $"The change log could not be made durable. {error.Message}");
            }
        }
    }

    /// <summary>Gives up the log: durable before the first change that is not recorded.</summary>
    public void DeclareLoss(string code, string message)
    {
        lock (_append)
        {
            if (_loss is not null || _isClosed)
            {
                return;
            }

            _head.IsLost = true; // Survives the process at once; the control file survives the host, too.
            var loss = new CaptureLoss(code, $"{message} {LostMark}");
            try
            {
                _control.Update(state => state with { LossCode = code, LossMessage = Shorten(loss.Message) });
            }
            catch (ReplicationException)
            {
                // The mark in the mapped head and the missing clean close say the same.
            }

            _loss = loss;
        }

        _signal.Set();
    }

    /// <summary>Sets the loss found when the log was opened.</summary>
    public void AdoptLoss(CaptureLoss loss, long lastSequence)
    {
        _head.IsLost = true;
        (_last, _released, _loss) = (lastSequence, lastSequence, loss);
    }

    /// <exception cref="ReplicationException">The log is lost; the code is the loss's.</exception>
    public void ThrowIfLost()
    {
        if (_loss is { } loss)
        {
            throw new ReplicationException(loss.Code, loss.Message, isTransient: false);
        }
    }

    /// <summary>Opens a walk through all logs after a change.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ChangeLogCorrupt"/> when that part is not there.</exception>
    public (LogMerge Merge, Guid Incarnation) OpenMerge(long sequence)
    {
        lock (_append)
        {
            if (sequence < _released || sequence > _last)
            {
                throw new ReplicationException(
                    ErrorCodes.ChangeLogCorrupt,
                    $"The change log {_options.LogDirectory} holds the changes {_released + 1} to {_last}, not those after {sequence}. {LostMark}",
                    isTransient: false);
            }

            return (new LogMerge(_logs.Select(log => log.CursorAfter(sequence)).OfType<LogCursor>(), sequence), _incarnation);
        }
    }

    /// <summary>Notes a release; true when <see cref="FreeReleased"/> would give back space.</summary>
    public bool Release(long throughSequence)
    {
        lock (_append)
        {
            var through = Math.Min(throughSequence, _last);
            if (through <= _released)
            {
                return false;
            }

            Interlocked.Exchange(ref _released, through);
            _backlog.Release(through, isAll: through == _last);
            return _loss is null && _logs.Any(log => log.HasReleased(through));
        }
    }

    /// <summary>Gives back the space of released changes. The caller made sure that every change up to <paramref name="applied"/> is on its disk.</summary>
    public void FreeReleased(long applied)
    {
        var through = Math.Min(Released, applied);
        var epoch = Interlocked.Read(ref _epoch);
        try
        {
            _control.Update(state => state with { Released = through, Applied = applied, Epoch = epoch }); // Before the records go.
        }
        catch (ReplicationException error)
        {
            DeclareLoss(error.Code, $"The change log's control file failed. {error.Message}");
            return;
        }

        lock (_append)
        {
            foreach (var log in _logs)
            {
                log.Release(through);
            }
        }
    }

    /// <summary>Throws everything away and begins a new incarnation. The caller keeps writes away.</summary>
    public void Reset(Func<ControlState, ControlState> describe)
    {
        lock (_append)
        {
            var incarnation = _options.Ids();
            _control.Update(state => describe(state) with
            {
                Incarnation = incarnation, Released = 0, Applied = 0, Epoch = 0, LastSequence = 0, LossCode = null, LossMessage = null,
            });
            foreach (var log in _logs)
            {
                log.Clear();
            }

            (_incarnation, _epoch, _loss) = (incarnation, 0, null);
            Interlocked.Exchange(ref _last, 0);
            Interlocked.Exchange(ref _released, 0);
            _backlog.Clear();
            _head.Published = 0;
            _head.IsLost = false;
            StartLogs();
        }

        _signal.Set();
    }

    /// <summary>Records that everything is flushed and nothing will follow.</summary>
    public void CloseCleanly(Func<ControlState, ControlState> describe)
    {
        lock (_append)
        {
            _head.Flush();
            _control.Update(state => describe(state) with
            {
                Run = RunState.Clean, LastSequence = _last, Released = _released, Applied = _last, Epoch = _epoch,
            });
        }
    }

    public void Dispose()
    {
        lock (_append)
        {
            _isClosed = true;
            foreach (var log in _logs)
            {
                log.Close();
            }
        }

        _pool.Dispose();
        _head.Dispose();
        _control.Dispose();
        _signal.Set();
    }

    /// <summary>Gives every disk's log its first segment, so that readers know all logs from the start.</summary>
    private void StartLogs()
    {
        foreach (var log in _logs)
        {
            if (log.TryReserve(0, _incarnation, _last + 1, NewNonce, out var reason) is null)
            {
                DeclareLoss(ErrorCodes.ChangeLogFull, $"The change log {_options.LogDirectory} cannot be started: {reason}.");
            }
        }
    }

    private void Publish(long sequence)
    {
        Interlocked.Exchange(ref _last, sequence);
        _head.Published = sequence;
    }

    private ulong NewNonce()
    {
        Span<byte> bytes = stackalloc byte[16];
        _options.Ids().TryWriteBytes(bytes);
        return BitConverter.ToUInt64(bytes) ^ BitConverter.ToUInt64(bytes[8..]);
    }

    private static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;

    private static string Shorten(string message) => message.Length <= 2000 ? message : message[..2000];
}

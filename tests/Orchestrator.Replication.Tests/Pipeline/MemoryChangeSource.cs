using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Pipeline;

/// <summary>A machine in memory that keeps its whole history, so that its state at any mark can be told. A record is readable before its write has reached the disk.</summary>
internal sealed class MemoryChangeSource : IChangeSource, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ReaderWriterLockSlim _inFlight = new();
    private readonly byte[][] _disks;
    private readonly List<ChangeRecord> _log = [];
    private byte[][] _initial;
    private long _epoch;
    private long _released;
    private CaptureLoss? _loss;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal MemoryChangeSource(params byte[][] disks)
    {
        _disks = disks;
        _initial = Copy();
    }

    public IReadOnlyList<long> DiskLengths => [.. _disks.Select(disk => (long)disk.Length)];

    public Guid Incarnation { get; private set; } = Guid.NewGuid();

    public long LastSequence
    {
        get
        {
            lock (_gate)
            {
                return _log.Count;
            }
        }
    }

    public long BacklogBytes
    {
        get
        {
            lock (_gate)
            {
                return _log.Skip((int)_released).Sum(change => change.Data.Length);
            }
        }
    }

    public CaptureLoss? Loss
    {
        get
        {
            lock (_gate)
            {
                return _loss;
            }
        }
    }

    internal long Released
    {
        get
        {
            lock (_gate)
            {
                return _released;
            }
        }
    }

    internal int Resets { get; private set; }

    internal long BytesReadStably { get; private set; }

    internal IReadOnlyList<byte[]> Disks => _disks;

    internal List<EpochMark> Marks
    {
        get
        {
            lock (_gate)
            {
                return [.. _log.Where(change => change.Mark is not null).Select(change => change.Mark!)];
            }
        }
    }

    internal void Write(int disk, long offset, byte[] data)
    {
        _inFlight.EnterReadLock();
        try
        {
            Append(sequence => new ChangeRecord(sequence, ChangeKind.Write, disk, offset, data.Length, data, null));
            data.CopyTo(_disks[disk], offset);
        }
        finally
        {
            _inFlight.ExitReadLock();
        }
    }

    internal void Zero(int disk, long offset, long length)
    {
        _inFlight.EnterReadLock();
        try
        {
            Append(sequence => new ChangeRecord(sequence, ChangeKind.Zero, disk, offset, length, default, null));
            _disks[disk].AsSpan((int)offset, (int)length).Clear();
        }
        finally
        {
            _inFlight.ExitReadLock();
        }
    }

    internal void Lose(string code)
    {
        lock (_gate)
        {
            _loss = new CaptureLoss(code, "The test lost the log. Run a resync.");
        }
    }

    /// <summary>Walks the history: calls with the disks as they were at each mark.</summary>
    internal void ForEachMark(Action<EpochMark, byte[][]> visit)
    {
        lock (_gate)
        {
            var disks = _initial.Select(disk => (byte[])disk.Clone()).ToArray();
            foreach (var change in _log)
            {
                if (change.Mark is { } mark)
                {
                    visit(mark, disks);
                    continue;
                }

                var range = disks[change.Disk].AsSpan((int)change.Offset, (int)change.Length);
                if (change.Kind == ChangeKind.Zero)
                {
                    range.Clear();
                }
                else
                {
                    change.Data.Span.CopyTo(range);
                }
            }
        }
    }

    public EpochMark CutEpoch(EpochKind kind, Guid pointId)
    {
        _inFlight.EnterWriteLock();
        try
        {
            EpochMark? mark = null;
            Append(sequence =>
            {
                mark = new EpochMark(++_epoch, sequence, kind, pointId, TimeProvider.System.GetUtcNow());
                return new ChangeRecord(sequence, ChangeKind.Mark, 0, 0, 0, default, mark);
            });
            return mark!;
        }
        finally
        {
            _inFlight.ExitWriteLock();
        }
    }

    public IChangeReader OpenReader(long sequence)
    {
        lock (_gate)
        {
            return sequence >= _released
                ? new Reader(this, sequence)
                : throw new ReplicationException(ErrorCodes.ChangeLogCorrupt, $"Change {sequence} was released.", false);
        }
    }

    public void Release(long throughSequence)
    {
        lock (_gate)
        {
            _released = Math.Max(_released, throughSequence);
        }
    }

    public long ReadStable(int disk, long offset, Span<byte> buffer)
    {
        _inFlight.EnterWriteLock();
        try
        {
            _disks[disk].AsSpan((int)offset, buffer.Length).CopyTo(buffer);
            BytesReadStably += buffer.Length;
            return LastSequence;
        }
        finally
        {
            _inFlight.ExitWriteLock();
        }
    }

    public IReadOnlyList<BlockExtent> GetExtents(int disk, long offset, long length)
    {
        const int Grain = 64 * 1024;
        var extents = new List<BlockExtent>();
        for (var at = offset; at < offset + length; at += Grain)
        {
            var size = Math.Min(Grain, offset + length - at);
            var isHole = _disks[disk].AsSpan((int)at, (int)size).IndexOfAnyExcept((byte)0) < 0;
            extents.Add(new BlockExtent(at, size, isHole, isHole));
        }

        return extents;
    }

    public void Reset()
    {
        _inFlight.EnterWriteLock();
        lock (_gate)
        {
            _log.Clear();
            _initial = Copy();
            (_epoch, _released, _loss) = (0, 0, null);
            Incarnation = Guid.NewGuid();
            Resets++;
        }

        _inFlight.ExitWriteLock();
    }

    public void Dispose() => _inFlight.Dispose();

    private byte[][] Copy() => [.. _disks.Select(disk => (byte[])disk.Clone())];

    private void Append(Func<long, ChangeRecord> create)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            _log.Add(create(_log.Count + 1));
            more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        more.SetResult();
    }

    /// <summary>Spoils the data it handed out before, as the contract allows.</summary>
    private sealed class Reader(MemoryChangeSource source, long position) : IChangeReader
    {
        private readonly List<byte[]> _lent = [];

        public long Position { get; private set; } = position;

        public void Read(List<ChangeRecord> changes, long maxBytes)
        {
            _lent.ForEach(data => data.AsSpan().Fill(0xDD));
            _lent.Clear();
            lock (source._gate)
            {
                for (long bytes = 0; Position < source._log.Count && bytes < maxBytes;)
                {
                    var change = source._log[(int)Position++];
                    bytes += change.Data.Length;
                    _lent.Add(change.Data.ToArray());
                    changes.Add(change with { Data = _lent[^1] });
                    if (change.Kind == ChangeKind.Mark)
                    {
                        return;
                    }
                }
            }
        }

        public Task WaitAsync(CancellationToken cancellation)
        {
            lock (source._gate)
            {
                return Position < source._log.Count ? Task.CompletedTask : source._more.Task.WaitAsync(cancellation);
            }
        }

        public void Dispose()
        {
        }
    }
}

using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Pipeline;

/// <summary>A replica in memory that is strict about the contract and keeps a copy of its disks at every consistent mark.</summary>
internal sealed class MemoryReplica : IReplica
{
    private readonly Lock _gate = new();
    private readonly IBatchCodec _codec;
    private readonly byte[][] _disks;
    private readonly SortedDictionary<long, byte[]> _stored = [];
    private readonly List<BatchHeader> _open = [];
    private ReplicaCursor _cursor = new(Guid.Empty, 0, 0, 0, 0, false, 64 << 20);
    private Guid _session;
    private long _activation;
    private long _nextApply;

    internal MemoryReplica(IBatchCodec codec, params long[] lengths)
    {
        _codec = codec;
        _disks = [.. lengths.Select(length => new byte[length])];
    }

    /// <summary>The disks at each consistent mark.</summary>
    internal List<(EpochMark Mark, byte[][] Disks)> Points { get; } = [];

    internal List<BatchHeader> Ingested { get; } = [];

    internal int Repeats { get; private set; }

    internal byte[][] Disks => _disks;

    /// <summary>Bytes it takes before it is full.</summary>
    internal long Space { get; set; } = long.MaxValue;

    internal long Credit
    {
        set => _cursor = _cursor with { CreditBytes = value };
    }

    /// <summary>Keeps what it gets without applying it.</summary>
    internal bool IsPaused { get; set; }

    public ReplicaCursor Cursor
    {
        get
        {
            lock (_gate)
            {
                return _cursor;
            }
        }
    }

    internal long SourceBlocksHashed { get; private set; }

    public ReplicaCursor OpenSession(SessionRequest request)
    {
        lock (_gate)
        {
            if (request.Activation < _activation)
            {
                throw new ReplicationException(ErrorCodes.SessionFenced, $"Activation {request.Activation} is over.", false);
            }

            (_session, _activation) = (request.Session, request.Activation);
            foreach (var number in _stored.Keys.Where(number => number >= _cursor.NextBatch).ToList())
            {
                _stored.Remove(number);
            }

            if (request.Incarnation != _cursor.Incarnation)
            {
                _stored.Clear();
                _open.Clear();
                _nextApply = 0;
                _cursor = new ReplicaCursor(request.Incarnation, 0, 0, 0, 0, false, _cursor.CreditBytes);
            }

            return _cursor;
        }
    }

    public ReplicaCursor Ingest(BatchHeader header, ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (header.Session != _session)
            {
                throw new ReplicationException(ErrorCodes.SessionFenced, "Another session writes to this replica.", false);
            }

            if (header.Number < _cursor.NextBatch || _stored.ContainsKey(header.Number))
            {
                Repeats++;
                return _cursor;
            }

            if (frame.Length > Space)
            {
                throw new ReplicationException(ErrorCodes.DiskFull, "The replica's disk is full.", true);
            }

            Space -= frame.Length;
            _stored.Add(header.Number, frame.ToArray());
            Ingested.Add(header);
            Advance();
            return _cursor;
        }
    }

    public void HashBlocks(int disk, long firstBlock, ReadOnlySpan<byte> key, Span<byte> hashes)
    {
        lock (_gate)
        {
            using var hash = new BlockHash(key);
            var start = (int)(firstBlock * IReplica.BlockSize);
            var length = Math.Min(hashes.Length / BlockHash.Length * IReplica.BlockSize, _disks[disk].Length - start);
            SourceBlocksHashed += hash.ComputeAll(_disks[disk].AsSpan(start, length), hashes);
        }
    }

    /// <summary>Applies what was held back.</summary>
    internal void Resume()
    {
        lock (_gate)
        {
            IsPaused = false;
            Apply();
        }
    }

    private void Advance()
    {
        while (_stored.TryGetValue(_cursor.NextBatch, out var frame))
        {
            var header = BatchFrame.Verify(frame);
            if (header.FirstSequence != _cursor.DurableSequence + 1)
            {
                throw new ReplicationException(
                    ErrorCodes.BatchRejected, $"First {header.FirstSequence} after {_cursor.DurableSequence}.", false);
            }

            _cursor = _cursor with { NextBatch = _cursor.NextBatch + 1, DurableSequence = header.LastSequence };
        }

        Apply();
    }

    private void Apply()
    {
        while (!IsPaused && _nextApply + _open.Count < _cursor.NextBatch)
        {
            var header = BatchFrame.ReadHeader(_stored[_nextApply + _open.Count]);
            if (header.Epoch != _cursor.AppliedEpoch + 1)
            {
                throw new ReplicationException(ErrorCodes.BatchRejected, $"Epoch {header.Epoch} after {_cursor.AppliedEpoch}.", false);
            }

            _open.Add(header);
            if (header.End is { } end)
            {
                ApplyEpoch(end);
            }
        }
    }

    private void ApplyEpoch(EpochEnd end)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            _stored.Remove(_nextApply + i, out var frame);
            foreach (var change in _codec.Decode(frame!))
            {
                var range = _disks[change.Disk].AsSpan((int)change.Offset, (int)change.Length);
                if (change.IsZero)
                {
                    range.Clear();
                }
                else
                {
                    change.Data.Span.CopyTo(range);
                }
            }
        }

        _nextApply += _open.Count;
        _open.Clear();
        _cursor = _cursor with
        {
            AppliedEpoch = end.Mark.Epoch, AppliedSequence = end.Mark.Sequence, Consistent = end.Consistent,
        };
        if (end.Consistent)
        {
            Points.Add((end.Mark, [.. _disks.Select(disk => (byte[])disk.Clone())]));
        }
    }
}

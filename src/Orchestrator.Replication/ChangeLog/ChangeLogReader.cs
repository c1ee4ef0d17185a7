using Orchestrator.Replication.Integrity;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>Copies changes out of the logs: what was checked is what is returned, whatever happens to the segments meanwhile.</summary>
internal sealed class ChangeLogReader : IChangeReader
{
    private const int BufferSize = 4 << 20;
    private const int HeaderCost = RecordHeader.Size; // So that a run of changes without data ends, too.
    private readonly MachineLog _log;
    private readonly LogMerge _merge;
    private readonly Guid _incarnation;
    private byte[] _buffer = [];
    private int _used;

    public ChangeLogReader(MachineLog log, long sequence)
    {
        _log = log;
        (_merge, _incarnation) = log.OpenMerge(sequence);
    }

    public long Position => _merge.Position;

    public void Read(List<ChangeRecord> changes, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        RequireSameHistory();
        _used = 0;
        var bound = _log.LastSequence;
        for (var cost = 0L; Position < bound;)
        {
            if (!_merge.TryPeek(out var header))
            {
                throw Damaged();
            }

            if (cost > 0 && cost + header.DataLength > maxBytes)
            {
                return;
            }

            cost += HeaderCost + header.DataLength;
            var data = Copy(header);
            _merge.Advance(header);
            changes.Add(ToChange(header, data));
            if (header.Type == RecordType.Mark)
            {
                return;
            }
        }
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var changed = _log.Changed.Next();
            if (_log.LastSequence > Position || _log.IsClosed || _log.Incarnation != _incarnation)
            {
                return;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    public void Dispose() => _merge.Dispose();

    private static ChangeRecord ToChange(in RecordHeader header, ReadOnlyMemory<byte> data) => header.Type switch
    {
        RecordType.Mark => new ChangeRecord(header.Sequence, ChangeKind.Mark, 0, 0, 0, default, MarkPayload.Read(data.Span, header.Sequence)),
        RecordType.Write => new ChangeRecord(header.Sequence, ChangeKind.Write, header.Disk, header.Offset, header.EffectLength, data, null),
        _ => new ChangeRecord(header.Sequence, ChangeKind.Zero, header.Disk, header.Offset, header.EffectLength, default, null),
    };

    private Memory<byte> Copy(in RecordHeader header)
    {
        if (_buffer.Length - _used < header.DataLength)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(BufferSize, header.DataLength)); // The earlier one lives on in the changes.
            _used = 0;
        }

        var copy = _buffer.AsMemory(_used, header.DataLength);
        _merge.Data(header).CopyTo(copy.Span);
        if (Crc32C.Compute(copy.Span) != header.DataCrc)
        {
            throw Damaged();
        }

        _used += header.DataLength;
        return copy;
    }

    private void RequireSameHistory()
    {
        if (_log.IsClosed || _log.Incarnation != _incarnation)
        {
            throw new ReplicationException(
                ErrorCodes.ChangeLogCorrupt, "The change log was reset or closed: open a new reader.", isTransient: false);
        }
    }

    private ReplicationException Damaged()
    {
        RequireSameHistory();
        if (Position < _log.Released)
        {
            return new ReplicationException(
                ErrorCodes.ChangeLogCorrupt, $"The changes after {Position} were released while they were being read.", isTransient: false);
        }

        var message = $"The change log is damaged after change {Position}.";
        _log.DeclareLoss(ErrorCodes.ChangeLogCorrupt, message);
        return new ReplicationException(ErrorCodes.ChangeLogCorrupt, $"{message} A resync is needed.", isTransient: false);
    }
}

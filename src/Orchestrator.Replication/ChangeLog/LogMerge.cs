using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>Walks the logs of all disks of a machine in sequence order.</summary>
internal sealed class LogMerge(IEnumerable<LogCursor> cursors, long position) : IDisposable
{
    private readonly LogCursor[] _cursors = [.. cursors];
    private LogCursor? _at;

    /// <summary>The sequence number of the last record passed.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The cursors, in the order of the disks.</summary>
    public IReadOnlyList<LogCursor> Cursors => _cursors;

    /// <summary>Finds the record with the next number; false when no log has it.</summary>
    public bool TryPeek(out RecordHeader header)
    {
        // Changes come in runs on one disk, so look first where the last one was.
        if (_at is not null && IsNext(_at, out header))
        {
            return true;
        }

        foreach (var cursor in _cursors)
        {
            if (IsNext(cursor, out header))
            {
                _at = cursor;
                return true;
            }
        }

        header = default;
        return false;
    }

    /// <summary>Whether every log has an intact record with the next number, as it must be for a mark.</summary>
    public bool IsEverywhere() => _cursors.All(cursor =>
        IsNext(cursor, out var header) && Crc32C.Compute(cursor.Segment.Data(cursor.Position, header.DataLength)) == header.DataCrc);

    /// <summary>The data of the record found; valid while the segment is.</summary>
    public Span<byte> Data(in RecordHeader header) => _at!.Segment.Data(_at.Position, header.DataLength);

    public void Advance(in RecordHeader header)
    {
        _at!.Advance(header);
        Position = header.Sequence;
    }

    public void Dispose()
    {
        foreach (var cursor in _cursors)
        {
            cursor.Dispose();
        }
    }

    private bool IsNext(LogCursor cursor, out RecordHeader header)
    {
        while (cursor.TryPeek(out header))
        {
            if (header.Sequence > Position)
            {
                return header.Sequence == Position + 1;
            }

            cursor.Advance(header);
        }

        return false;
    }
}

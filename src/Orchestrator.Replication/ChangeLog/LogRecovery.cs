using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>What the segments of a machine were found to hold.</summary>
/// <param name="LastSequence">The last change of the contiguous run over all disks.</param>
/// <param name="Released">What the run begins after.</param>
/// <param name="Epoch">The last epoch that ended.</param>
/// <param name="LastMark">The sequence number of its mark if it is in the log, else 0: all below it had reached the disks.</param>
/// <param name="LastMicroseconds">When the last change was made, in microseconds since 1970.</param>
/// <param name="Disks">The first segment and the end of each disk's log; disks without any are left out.</param>
/// <param name="Sizes">The sizes of the records, summed up to steps.</param>
internal sealed record RecoveredLog(
    long LastSequence, long Released, long Epoch, long LastMark, long LastMicroseconds,
    IReadOnlyList<(Segment First, LogCursor End)> Disks, IReadOnlyList<(long Sequence, long Bytes)> Sizes);

/// <summary>Reads the segments a killed or closed process left and finds the run of changes that is whole.</summary>
internal static class LogRecovery
{
    private const long Step = 1 << 20;

    /// <summary>Walks from the released change to the first that is missing, torn or damaged.</summary>
    /// <param name="live">The segments of this incarnation; those that are not needed any more are moved to <paramref name="surplus"/>.</param>
    /// <param name="state">The control state.</param>
    /// <param name="verifyData">Whether the data is checked, too; after a clean close the reader does that.</param>
    /// <param name="surplus">Segments without a change after the released one.</param>
    public static RecoveredLog Scan(IReadOnlyList<Segment> live, ControlState state, bool verifyData, out List<Segment> surplus)
    {
        surplus = [];
        var firsts = new List<Segment>();
        foreach (var log in live.GroupBy(segment => segment.Disk).OrderBy(log => log.Key))
        {
            firsts.Add(Chain([.. log.OrderBy(segment => segment.Index)], state.Released, surplus));
        }

        using var merge = new LogMerge(firsts.Select(first => new LogCursor(first)), state.Released);
        var epoch = state.Epoch;
        long lastMark = 0, lastTime = 0, bytes = 0;
        var sizes = new List<(long, long)>();
        while (merge.TryPeek(out var header) && IsWhole(merge, header, verifyData))
        {
            if (header.Type == RecordType.Mark)
            {
                lastMark = header.Sequence;
                epoch = MarkPayload.Read(merge.Data(header), header.Sequence).Epoch;
            }

            merge.Advance(header);
            lastTime = Math.Max(lastTime, header.Microseconds);
            bytes += header.RecordSize;
            if (bytes >= Step)
            {
                sizes.Add((header.Sequence, bytes));
                bytes = 0;
            }
        }

        sizes.Add((merge.Position, bytes));
        SkipPassed(merge);
        return new RecoveredLog(
            merge.Position, state.Released, epoch, lastMark, lastTime, [.. firsts.Zip(merge.Cursors)], sizes);
    }

    /// <summary>Links the segments of one disk and drops those before the first one needed.</summary>
    private static Segment Chain(List<Segment> segments, long released, List<Segment> surplus)
    {
        while (segments.Count > 1 && segments[1].FirstSequence - 1 <= released)
        {
            surplus.Add(segments[0]);
            segments.RemoveAt(0);
        }

        for (var i = 1; i < segments.Count; i++)
        {
            segments[i - 1].Next = segments[i];
        }

        return segments[0];
    }

    private static bool IsWhole(LogMerge merge, in RecordHeader header, bool verifyData)
    {
        if (header.Type == RecordType.Mark)
        {
            // Cut while the mark was being written into the logs: the epoch did not end.
            return merge.IsEverywhere() && header.DataLength == MarkPayload.Size;
        }

        return !verifyData || Crc32C.Compute(merge.Data(header)) == header.DataCrc;
    }

    /// <summary>Moves every cursor behind the records that count: a mark is in each log, and only one was walked.</summary>
    private static void SkipPassed(LogMerge merge)
    {
        foreach (var cursor in merge.Cursors)
        {
            while (cursor.TryPeek(out var header) && header.Sequence <= merge.Position)
            {
                cursor.Advance(header);
            }
        }
    }
}

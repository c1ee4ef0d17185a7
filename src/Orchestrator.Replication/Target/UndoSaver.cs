namespace Orchestrator.Replication.Target;

/// <summary>Saves, for one batch, the pages it overwrites and the running interval does not have yet.</summary>
internal sealed class UndoSaver(IReadOnlyList<BaseDisk> disks, UndoInterval interval, Action<string> step)
{
    private readonly List<RecordHeader> _runs = [];
    private readonly byte[] _content = new byte[UndoInterval.MaxRun * Page.Size];

    /// <summary>Appends the pages and flushes them; the disks may be overwritten when this returns.</summary>
    /// <returns>The saved runs, to be published.</returns>
    public IReadOnlyList<RecordHeader> Save(IReadOnlyList<ReplicaChange> changes)
    {
        var start = interval.Tail;
        var batch = interval.Maps!.Select(_ => new PageSet()).ToArray();
        try
        {
            foreach (var change in changes)
            {
                SaveRange(change.Disk, Page.Of(change.Offset), Page.End(change.Offset, change.Length), batch[change.Disk]);
            }

            if (_runs.Count > 0)
            {
                step("undo.flush");
                interval.Flush();
            }

            return _runs;
        }
        catch (ReplicationException e) when (e.Code == ErrorCodes.DiskFull)
        {
            interval.Truncate(start); // The batch is tried again as a whole.
            throw;
        }
    }

    private void SaveRange(int disk, long first, long end, PageSet batch)
    {
        var map = interval.Maps![disk];
        // Pages the disk did not have at the point need no saving: the point's view ends before them.
        end = Math.Min(end, Page.End(0, interval.Point.DiskLengths[disk]));
        for (var page = first; page < end; page++)
        {
            if (map.Find(page).IsKnown || batch.Contains(page))
            {
                continue;
            }

            var count = 1;
            while (page + count < end && count < UndoInterval.MaxRun && !map.Find(page + count).IsKnown && !batch.Contains(page + count))
            {
                count++;
            }

            batch.AddRange(page, count);
            SaveRun(disk, page, count);
            page += count - 1;
        }
    }

    private void SaveRun(int disk, long first, int count)
    {
        var content = _content.AsSpan(0, count * Page.Size);
        ReadOld(disk, first, content);
        for (var i = 0; i < count;)
        {
            var zero = Page.IsZero(content.Slice(i * Page.Size, Page.Size));
            var run = 1;
            while (i + run < count && Page.IsZero(content.Slice((i + run) * Page.Size, Page.Size)) == zero)
            {
                run++;
            }

            step("undo.append");
            _runs.Add(interval.Append(disk, first + i, run, zero ? default : content.Slice(i * Page.Size, run * Page.Size)));
            i += run;
        }
    }

    private void ReadOld(int disk, long first, Span<byte> content)
    {
        var offset = first * Page.Size;
        var there = (int)Math.Min(content.Length, disks[disk].Length - offset);
        disks[disk].Read(offset, content[..there]);
        content[there..].Clear();
    }
}

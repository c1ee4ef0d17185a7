using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <summary>A disk as it was at a recovery point, read-only, while newer batches go on being applied below.</summary>
internal sealed class PointView : IBlockDevice
{
    private const int FoldAbove = 4;

    private readonly ReplicaImages _images;
    private readonly int _disk;
    private readonly PageMap _map = new();
    private readonly List<UndoInterval> _intervals;
    private readonly BaseDisk _base;
    private IReadOnlyList<UndoInterval> _chain;
    private int _folded;
    private bool _loaded;
    private int _disposed;

    /// <summary>Registers interest in the chain; <see cref="Load"/> makes the view usable.</summary>
    public PointView(ReplicaImages images, IReadOnlyList<UndoInterval> chain, int disk)
    {
        _images = images;
        _disk = disk;
        _chain = chain;
        _intervals = [.. chain];
        _folded = chain.Count - 1;
        _base = images.Disks[disk];
        Point = chain[0].Point;
        Length = Point.DiskLengths[disk];
    }

    public RecoveryPoint Point { get; }

    public Guid PointId => Point.Id;

    public long Length { get; }

    public bool IsReadOnly => true;

    /// <summary>Merges the maps of the closed intervals, the oldest entry of each page winning.</summary>
    public void Load()
    {
        for (var i = 0; i < _chain.Count - 1; i++)
        {
            _map.Merge(UndoLog.MapsOf(_chain, i)[_disk], i);
        }

        _chain = [];
        Volatile.Write(ref _loaded, true);
    }

    /// <summary>Called under the exclusive lock when the running interval is closed and another one begins.</summary>
    public void OnIntervalStarted(UndoInterval next)
    {
        _intervals.Add(next);
        for (; _loaded && _intervals.Count - _folded > FoldAbove && _intervals.Count < PageLocation.MaxIntervals; _folded++)
        {
            _map.Merge(_intervals[_folded].Maps![_disk], _folded);
        }
    }

    /// <summary>Whether the interval's own map is still looked up.</summary>
    public bool Uses(UndoInterval interval) => _intervals.IndexOf(interval) >= _folded;

    public void Read(long offset, Span<byte> buffer)
    {
        using var scope = _images.EnterRead();
        while (!buffer.IsEmpty)
        {
            var page = Page.Of(offset);
            var location = Find(page);
            var end = (page + 1) * Page.Size;
            if (!location.IsKnown)
            {
                end = EndOfUnknown(page, offset + buffer.Length);
            }

            var part = buffer[..(int)Math.Min(end - offset, buffer.Length)];
            ReadPart(page, location, offset, part);
            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data) => throw ReadOnly();

    public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw ReadOnly();

    public void Trim(long offset, long length) => throw ReadOnly();

    public void Flush()
    {
        // Nothing can have been written.
    }

    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        using var scope = _images.EnterRead();
        var extents = new ExtentList();
        for (long position = offset, end = offset + length; position < end;)
        {
            var page = Page.Of(position);
            var location = Find(page);
            var partEnd = Math.Min(location.IsKnown ? (page + 1) * Page.Size : EndOfUnknown(page, end), end);
            if (location.IsKnown)
            {
                extents.Add(new BlockExtent(position, partEnd - position, location.IsZero, location.IsZero));
            }
            else
            {
                extents.AddRange(_base.GetExtents(position, partEnd - position));
            }

            position = partEnd;
        }

        return extents.ToList();
    }

    /// <summary>Every page whose content at the point is not what the disk holds now. Only while nothing is applied.</summary>
    public IEnumerable<(long Page, PageLocation Location)> Changed()
    {
        for (; _folded < _intervals.Count; _folded++)
        {
            _map.Merge(_intervals[_folded].Maps![_disk], _folded);
        }

        return _map.Entries();
    }

    /// <summary>Reads a saved page, checked.</summary>
    public void ReadSaved(long page, PageLocation location, Span<byte> content)
    {
        if (location.IsZero)
        {
            content.Clear();
        }
        else
        {
            _intervals[location.Interval].ReadPage(_disk, page, location, content);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _images.Close(this);
        }
    }

    private PageLocation Find(long page)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var location = _map.Find(page);
        for (var i = _folded; i < _intervals.Count && !location.IsKnown; i++)
        {
            location = _intervals[i].Maps![_disk].Find(page).In(i);
        }

        return location;
    }

    private long EndOfUnknown(long page, long end)
    {
        var next = page + 1;
        while (next * Page.Size < end && !Find(next).IsKnown)
        {
            next++;
        }

        return next * Page.Size;
    }

    private void ReadPart(long page, PageLocation location, long offset, Span<byte> part)
    {
        if (!location.IsKnown)
        {
            _base.Read(offset, part);
            return;
        }

        Span<byte> content = stackalloc byte[Page.Size];
        ReadSaved(page, location, content);
        content.Slice((int)(offset - page * Page.Size), part.Length).CopyTo(part);
    }

    private ReplicationException ReadOnly() => new(
        ErrorCodes.ReadOnly, $"The recovery point {PointId} cannot be written to. Open it as a test failover to write.", false);
}

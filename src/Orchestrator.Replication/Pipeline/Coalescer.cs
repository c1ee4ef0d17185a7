using System.Runtime.InteropServices;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>
/// Collects changes in their order so that only what the last of them left remains: an interval map per disk, sorted and free of overlap.
/// </summary>
/// <remarks>
/// Data is copied into chunks the owner adds. A write inside an earlier one overwrites it in place, so a block the machine writes again
/// and again takes its space once. Used by one thread.
/// </remarks>
public sealed class Coalescer
{
    private const int ZeroBlock = 4096;
    private readonly SortedDictionary<int, List<Segment>> _disks = [];
    private readonly List<byte[]> _chunks = [];
    private int _used;
    private int _segments;

    /// <summary>The chunks added so far.</summary>
    public IReadOnlyList<byte[]> Chunks => _chunks;

    /// <summary>The intervals held now; a change adds at most two.</summary>
    public int Intervals => _segments;

    /// <summary>The bytes free in the last chunk.</summary>
    public int Free => _chunks.Count == 0 ? 0 : _chunks[^1].Length - _used;

    /// <summary>Adds room; only when <see cref="Free"/> is 0.</summary>
    public void AddChunk(byte[] chunk)
    {
        if (Free != 0)
        {
            throw new InvalidOperationException("The chunk before still has room.");
        }

        _chunks.Add(chunk);
        _used = 0;
    }

    /// <summary>Writes over data that is held already; false when that does not cover the range as one piece.</summary>
    public bool TryOverwrite(int disk, long offset, ReadOnlySpan<byte> data)
    {
        if (!_disks.TryGetValue(disk, out var map))
        {
            return false;
        }

        var at = FirstEndingAfter(map, offset);
        if (at == map.Count || map[at].IsZero || map[at].Offset > offset || map[at].End < offset + data.Length)
        {
            return false;
        }

        data.CopyTo(Bytes(map[at]).AsSpan((int)(offset - map[at].Offset)));
        return true;
    }

    /// <summary>Adds as much of a write as the last chunk has room for, at its beginning; returns how much.</summary>
    public int Write(int disk, long offset, ReadOnlySpan<byte> data)
    {
        var taken = Math.Min(data.Length, Free);
        if (taken > 0)
        {
            data[..taken].CopyTo(_chunks[^1].AsSpan(_used));
            Insert(disk, new Segment(offset, taken, _chunks.Count - 1, _used));
            _used += taken;
        }

        return taken;
    }

    /// <summary>Makes a range zero.</summary>
    public void Zero(int disk, long offset, long length)
    {
        if (length > 0)
        {
            Insert(disk, new Segment(offset, length, Segment.NoChunk, 0));
        }
    }

    /// <summary>
    /// What remains, sorted by disk and offset, free of overlap; aligned blocks of 4 KiB that hold only zeroes have become zero changes.
    /// The data stays in the chunks.
    /// </summary>
    public IReadOnlyList<ReplicaChange> Build()
    {
        var changes = new List<ReplicaChange>(_segments);
        foreach (var (disk, map) in _disks)
        {
            foreach (var segment in map)
            {
                if (segment.IsZero)
                {
                    changes.Add(new ReplicaChange(disk, segment.Offset, segment.Length, default));
                }
                else
                {
                    AddData(changes, disk, segment.Offset, Bytes(segment));
                }
            }
        }

        return changes;
    }

    private static void AddData(List<ReplicaChange> changes, int disk, long offset, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            var zeroes = LeadingZeroBlocks(offset, data.Span);
            if (zeroes > 0)
            {
                changes.Add(new ReplicaChange(disk, offset, zeroes, default));
            }

            var length = zeroes + DataBeforeZeroBlock(offset + zeroes, data.Span[zeroes..]);
            if (length > zeroes)
            {
                changes.Add(new ReplicaChange(disk, offset + zeroes, length - zeroes, data[zeroes..length]));
            }

            offset += length;
            data = data[length..];
        }
    }

    private static int LeadingZeroBlocks(long offset, ReadOnlySpan<byte> data)
    {
        if (offset % ZeroBlock != 0)
        {
            return 0;
        }

        var nonZero = data.IndexOfAnyExcept((byte)0);
        return (nonZero < 0 ? data.Length : nonZero) / ZeroBlock * ZeroBlock;
    }

    private static int DataBeforeZeroBlock(long offset, ReadOnlySpan<byte> data)
    {
        var at = (int)Math.Min(data.Length, (ZeroBlock - (offset % ZeroBlock)) % ZeroBlock);
        while (at + ZeroBlock <= data.Length && data.Slice(at, ZeroBlock).IndexOfAnyExcept((byte)0) >= 0)
        {
            at += ZeroBlock;
        }

        return at + ZeroBlock <= data.Length ? at : data.Length;
    }

    private void Insert(int disk, Segment added)
    {
        if (!_disks.TryGetValue(disk, out var map))
        {
            _disks[disk] = map = [];
        }

        var first = FirstEndingAfter(map, added.Offset);
        if (TryExtend(map, first, added))
        {
            return;
        }

        var last = first;
        while (last < map.Count && map[last].Offset < added.End)
        {
            last++;
        }

        Replace(map, first, last, added);
    }

    // A sequential stream of small writes becomes one interval.
    private static bool TryExtend(List<Segment> map, int next, Segment added)
    {
        if (next == 0 || (next < map.Count && map[next].Offset < added.End) || !map[next - 1].IsContinuedBy(added))
        {
            return false;
        }

        map[next - 1] = map[next - 1] with { Length = map[next - 1].Length + added.Length };
        return true;
    }

    private void Replace(List<Segment> map, int first, int last, Segment added)
    {
        Span<Segment> pieces = stackalloc Segment[3];
        var count = 0;
        if (first < last && map[first].Offset < added.Offset)
        {
            pieces[count++] = map[first] with { Length = added.Offset - map[first].Offset };
        }

        pieces[count++] = added;
        if (first < last && map[last - 1].End > added.End)
        {
            pieces[count++] = map[last - 1].After(added.End);
        }

        var removed = last - first;
        if (count > removed)
        {
            map.InsertRange(first, new Segment[count - removed]);
        }
        else if (count < removed)
        {
            map.RemoveRange(first, removed - count);
        }

        pieces[..count].CopyTo(CollectionsMarshal.AsSpan(map)[first..]);
        _segments += count - removed;
    }

    private static int FirstEndingAfter(List<Segment> map, long offset)
    {
        var (low, high) = (0, map.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = map[middle].End > offset ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private ArraySegment<byte> Bytes(Segment segment) => new(_chunks[segment.Chunk], segment.Start, (int)segment.Length);

    private readonly record struct Segment(long Offset, long Length, int Chunk, int Start)
    {
        internal const int NoChunk = -1;

        internal long End => Offset + Length;

        internal bool IsZero => Chunk == NoChunk;

        internal Segment After(long offset) =>
            new(offset, End - offset, Chunk, IsZero ? 0 : Start + (int)(offset - Offset));

        internal bool IsContinuedBy(Segment next) =>
            End == next.Offset && Chunk == next.Chunk && (IsZero || Start + Length == next.Start);
    }
}

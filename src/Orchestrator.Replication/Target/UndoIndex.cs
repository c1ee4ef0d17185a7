using System.Buffers.Binary;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>The index of a closed interval: a copy of its map that saves reading all of it. Its loss costs time only.</summary>
/// <remarks>Little-endian: CRC-32C of what follows u32, disks u32, interval u64, then runs of {disk u32, pages u32, first page u64, location u64}.</remarks>
internal static class UndoIndex
{
    private const int HeaderSize = 16;
    private const int RunSize = 24;

    public static string PathOf(string interval) => Path.ChangeExtension(interval, ".idx");

    public static void Write(string interval, long ordinal, PageMap[] maps)
    {
        using var content = new MemoryStream();
        content.SetLength(HeaderSize);
        content.Position = HeaderSize;
        Span<byte> run = stackalloc byte[RunSize];
        for (var disk = 0; disk < maps.Length; disk++)
        {
            foreach (var (first, count, location) in Runs(maps[disk]))
            {
                BinaryPrimitives.WriteInt32LittleEndian(run, disk);
                BinaryPrimitives.WriteInt32LittleEndian(run[4..], count);
                BinaryPrimitives.WriteInt64LittleEndian(run[8..], first);
                BinaryPrimitives.WriteUInt64LittleEndian(run[16..], location.Value);
                content.Write(run);
            }
        }

        var bytes = content.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), maps.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), ordinal);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Compute(bytes.AsSpan(4)));
        File.WriteAllBytes(PathOf(interval), bytes);
    }

    public static PageMap[]? TryLoad(string interval, long ordinal, int disks)
    {
        var path = PathOf(interval);
        if (!File.Exists(path))
        {
            return null;
        }

        var content = File.ReadAllBytes(path).AsSpan();
        if (content.Length < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(content) != Crc32C.Compute(content[4..])
            || BinaryPrimitives.ReadInt32LittleEndian(content[4..]) != disks
            || BinaryPrimitives.ReadInt64LittleEndian(content[8..]) != ordinal)
        {
            return null;
        }

        return Decode(content[HeaderSize..], disks);
    }

    private static PageMap[] Decode(ReadOnlySpan<byte> content, int disks)
    {
        var maps = Enumerable.Range(0, disks).Select(_ => new PageMap()).ToArray();
        for (; content.Length >= RunSize; content = content[RunSize..])
        {
            var map = maps[BinaryPrimitives.ReadInt32LittleEndian(content)];
            var count = BinaryPrimitives.ReadInt32LittleEndian(content[4..]);
            var first = BinaryPrimitives.ReadInt64LittleEndian(content[8..]);
            var location = new PageLocation(BinaryPrimitives.ReadUInt64LittleEndian(content[16..]));
            for (var i = 0; i < count; i++)
            {
                map.TryAdd(first + i, Following(location, i));
            }
        }

        return maps;
    }

    private static IEnumerable<(long First, int Count, PageLocation Location)> Runs(PageMap map)
    {
        (long First, int Count, PageLocation Location) run = default;
        foreach (var (page, location) in map.Entries())
        {
            if (run.Count > 0 && page == run.First + run.Count && location == Following(run.Location, run.Count))
            {
                run.Count++;
                continue;
            }

            if (run.Count > 0)
            {
                yield return run;
            }

            run = (page, 1, location);
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    private static PageLocation Following(PageLocation location, int pages) =>
        location.IsZero ? location : PageLocation.At(location.Offset + (long)pages * UndoInterval.StoredPage);
}

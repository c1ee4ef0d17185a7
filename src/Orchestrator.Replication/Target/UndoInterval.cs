using System.Buffers.Binary;
using System.Text.Json;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>
/// What every page overwritten since a recovery point held at that point, until the next point: one file, begun by the point itself.
/// </summary>
/// <remarks>
/// Records: first the point (JSON) with the final size of the interval before; then runs of saved pages, per page 4 bytes CRC-32C over
/// (interval, disk, page number, content) and 4096 bytes, or nothing for runs of zero pages. Entries are durable before the disk below
/// is overwritten and are never overwritten themselves. A closed interval has an index file beside it; lost or bad, it is rebuilt.
/// </remarks>
internal sealed class UndoInterval : IDisposable
{
    public const int StoredPage = sizeof(uint) + Page.Size;
    public const int MaxRun = 256;
    private const int PointRecord = 1;
    private const int DataRun = 2;
    private const int ZeroRun = 3;

    private readonly Lock _open = new();
    private RecordFile? _file;

    private UndoInterval(long ordinal, string path, RecoveryPoint point, long previousLength)
    {
        Ordinal = ordinal;
        FilePath = path;
        Point = point;
        PreviousLength = previousLength;
    }

    public long Ordinal { get; }

    public RecoveryPoint Point { get; }

    public string FilePath { get; }

    /// <summary>The size the interval before had when it was closed.</summary>
    public long PreviousLength { get; }

    /// <summary>Per disk, where each page lies; null when not in memory (closed and not in use by an open view).</summary>
    public PageMap[]? Maps { get; set; }

    public long Tail => File().Tail;

    /// <summary>Begins an interval: the point exists from when the control record names it.</summary>
    public static UndoInterval Create(string path, long ordinal, RecoveryPoint point, long previousLength)
    {
        var file = RecordFile.Create(path, ordinal);
        try
        {
            file.Append(PointRecord, 0, ordinal, previousLength, JsonSerializer.SerializeToUtf8Bytes(point));
            file.FlushNew();
            return new UndoInterval(ordinal, path, point, previousLength) { _file = file, Maps = NewMaps(point.DiskLengths.Count) };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the point of an existing interval; null when it is damaged.</summary>
    public static UndoInterval? TryOpen(string path, long ordinal)
    {
        using var file = RecordFile.Open(path, ordinal);
        return file.TryReadFirst(out var record) && record.Kind == PointRecord
            ? new UndoInterval(ordinal, path, JsonSerializer.Deserialize<RecoveryPoint>(file.ReadBody(record))!, record.B)
            : null;
    }

    /// <summary>Reads the interval in use after a start: cuts a torn tail, loads the map.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/> when entries that were durable are bad.</exception>
    public void Recover(long knownDurable)
    {
        var file = File();
        var scan = file.Scan(knownDurable);
        if (scan.IsDamaged)
        {
            throw file.Damaged(scan.End);
        }

        file.Truncate(scan.End);
        file.Flush();
        Maps = BuildMaps(scan.Records);
    }

    /// <summary>Whether anything was saved here; reads the file.</summary>
    public bool HasEntries() => Maps?.Any(m => !m.IsEmpty) ?? File().Scan(0).Records.Count > 1;

    /// <summary>Appends old pages, not yet durable and not yet in the map; no content stands for zero pages.</summary>
    public RecordHeader Append(int disk, long firstPage, int count, ReadOnlySpan<byte> content)
    {
        var body = new byte[content.IsEmpty ? 0 : count * StoredPage];
        for (var i = 0; i < count && !content.IsEmpty; i++)
        {
            var page = content.Slice(i * Page.Size, Page.Size);
            var stored = body.AsSpan(i * StoredPage, StoredPage);
            BinaryPrimitives.WriteUInt32LittleEndian(stored, Checksum(disk, firstPage + i, page));
            page.CopyTo(stored[sizeof(uint)..]);
        }

        return File().Append(content.IsEmpty ? ZeroRun : DataRun, disk, firstPage, count, body);
    }

    public void Flush() => File().Flush();

    public void Truncate(long position) => File().Truncate(position);

    /// <summary>Adds a saved run to the map: views see it from now on.</summary>
    public static void AddTo(PageMap[] maps, RecordHeader run)
    {
        for (var i = 0; i < run.B; i++)
        {
            maps[run.Tag].TryAdd(run.A + i, run.Kind == ZeroRun ? PageLocation.Zero : PageLocation.At(run.BodyPosition + i * StoredPage));
        }
    }

    /// <summary>Reads a saved page, checking it.</summary>
    public void ReadPage(int disk, long page, PageLocation location, Span<byte> content)
    {
        Span<byte> stored = stackalloc byte[StoredPage];
        File().ReadRaw(location.Offset, stored);
        if (BinaryPrimitives.ReadUInt32LittleEndian(stored) != Checksum(disk, page, stored[sizeof(uint)..]))
        {
            throw File().Damaged(location.Offset);
        }

        stored[sizeof(uint)..].CopyTo(content);
    }

    /// <summary>Loads the map of a closed interval, from its index or from the interval itself.</summary>
    /// <param name="length">The size it was closed with.</param>
    public PageMap[] LoadMaps(long length)
    {
        if (Maps is { } maps)
        {
            return maps;
        }

        if (new FileInfo(FilePath) is not { Exists: true } info || RecordFile.Align(info.Length) < length)
        {
            throw File().Damaged(0);
        }

        return UndoIndex.TryLoad(FilePath, Ordinal, Point.DiskLengths.Count) ?? RebuildMaps(length);
    }

    /// <summary>Writes the index of an interval that is closed now.</summary>
    public void WriteIndex()
    {
        if (Maps is { } maps)
        {
            UndoIndex.Write(FilePath, Ordinal, maps);
        }
    }

    public void Delete()
    {
        Dispose();
        System.IO.File.Delete(FilePath);
        System.IO.File.Delete(UndoIndex.PathOf(FilePath));
    }

    public void Dispose()
    {
        lock (_open)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private PageMap[] RebuildMaps(long length)
    {
        using var file = RecordFile.Open(FilePath, Ordinal);
        var scan = file.Scan(length);
        return scan.IsDamaged ? throw file.Damaged(scan.End) : BuildMaps(scan.Records);
    }

    private PageMap[] BuildMaps(IReadOnlyList<RecordHeader> records)
    {
        var maps = NewMaps(Point.DiskLengths.Count);
        foreach (var run in records.Where(r => r.Kind is DataRun or ZeroRun))
        {
            AddTo(maps, run);
        }

        return maps;
    }

    private RecordFile File()
    {
        lock (_open)
        {
            return _file ??= RecordFile.Open(FilePath, Ordinal);
        }
    }

    private uint Checksum(int disk, long page, ReadOnlySpan<byte> content)
    {
        Span<byte> place = stackalloc byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(place, Ordinal);
        BinaryPrimitives.WriteInt32LittleEndian(place[8..], disk);
        BinaryPrimitives.WriteInt64LittleEndian(place[12..], page);
        return Crc32C.Continue(Crc32C.Compute(place), content);
    }

    private static PageMap[] NewMaps(int disks) => Enumerable.Range(0, disks).Select(_ => new PageMap()).ToArray();
}

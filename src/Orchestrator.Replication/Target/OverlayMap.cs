using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>Which pages of an overlay hold data or zeroes of their own, journalled.</summary>
/// <remarks>
/// Journal of 16-byte entries: value u64 (first page or boot, shifted left by 3, with the kind), count u32, CRC-32C over value, count and
/// entry number. An entry must not outlive the page content it stands for: after a power cut only the entries count that the last
/// <em>flushed</em> mark names, whose pages were made durable before the mark was written. After the mere death of the process (the same
/// boot of the machine) the kernel still has every completed write, so all entries count. Where the boot cannot be told, the first rule holds.
/// Many readers or one writer; <see cref="Flush"/> at any time.
/// </remarks>
internal sealed class OverlayMap : IDisposable
{
    private const int EntrySize = 16;
    private const int CompactAbove = 1 << 18;

    private readonly string _path;
    private readonly PageSet _data = new();
    private readonly PageSet _zero = new();
    private SafeFileHandle _file;
    private ulong _boot;
    private long _entries;
    private long _changes;
    private long _covered;

    private OverlayMap(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
    }

    private enum Kind
    {
        Data = 1,
        Zero = 2,
        Flushed = 3,
        Boot = 4,
    }

    /// <summary>Opens or creates the journal.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/>.</exception>
    public static OverlayMap Open(string path, ulong? boot = null)
    {
        var exists = File.Exists(path);
        var map = new OverlayMap(FileIo.Open(path, FileMode.OpenOrCreate), path);
        try
        {
            map.Recover(boot ?? BootOfMachine());
            if (!exists)
            {
                Durable.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            }

            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    public bool HasData(long page) => _data.Contains(page);

    public bool HasZeroes(long page) => _zero.Contains(page);

    /// <summary>Every page of the overlay's own, in order.</summary>
    public IEnumerable<long> Pages() => _data.Pages().Concat(_zero.Pages());

    /// <summary>Records that the pages hold data of their own now; the data has been written.</summary>
    public void AddData(long first, long count) => Append(Kind.Data, first, count);

    /// <summary>Records that the pages are zeroes now.</summary>
    public void AddZeroes(long first, long count) => Append(Kind.Zero, first, count);

    /// <summary>How far the journal reaches: every entry below stands for pages written before.</summary>
    public long Position => Volatile.Read(ref _changes);

    /// <summary>Whether entries below <paramref name="position"/> lack a flushed mark.</summary>
    public bool NeedsMark(long position) => position > Volatile.Read(ref _covered);

    /// <summary>Makes the entries written so far durable.</summary>
    public void Flush() => Durable.Flush(_file, _path);

    /// <summary>Records that the pages of all entries below <paramref name="position"/>, and these entries, are durable.</summary>
    public void AddFlushed(long position)
    {
        Write(Kind.Flushed, (ulong)position, 0);
        Volatile.Write(ref _covered, position);
    }

    /// <summary>Whether the journal has grown far beyond what it amounts to.</summary>
    public bool NeedsCompaction => _entries > CompactAbove;

    /// <summary>Rewrites the journal as the runs it amounts to. The pages' data must be durable.</summary>
    public void Compact()
    {
        var entries = new List<Entry>();
        AddRuns(entries, Kind.Data, _data);
        AddRuns(entries, Kind.Zero, _zero);
        entries.Add(new Entry(Kind.Flushed, (ulong)entries.Count, 0));
        entries.Add(new Entry(Kind.Boot, _boot, 0));
        var content = new byte[entries.Count * EntrySize];
        for (var i = 0; i < entries.Count; i++)
        {
            Encode(entries[i], i, content.AsSpan(i * EntrySize));
        }

        Durable.Replace(_path, content);
        _file.Dispose();
        _file = FileIo.Open(_path, FileMode.Open);
        (_entries, _changes, _covered) = (entries.Count, entries.Count - 2, entries.Count - 2);
    }

    public void Dispose() => _file.Dispose();

    private static ulong BootOfMachine()
    {
        const string bootId = "/proc/sys/kernel/random/boot_id";
        var boot = File.Exists(bootId) ? File.ReadAllText(bootId) : "";
        return boot.Length == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(boot))) >> 3;
    }

    private void Append(Kind kind, long first, long count)
    {
        for (long done = 0; done < count; done += int.MaxValue)
        {
            Write(kind, (ulong)(first + done), (uint)Math.Min(count - done, int.MaxValue));
        }

        Volatile.Write(ref _changes, _entries);
        Set(kind, first, count);
    }

    private void Set(Kind kind, long first, long count)
    {
        (kind == Kind.Data ? _data : _zero).AddRange(first, count);
        (kind == Kind.Data ? _zero : _data).RemoveRange(first, count);
    }

    private void Write(Kind kind, ulong value, uint count)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        Encode(new Entry(kind, value, count), _entries, entry);
        FileIo.Write(_file, _path, _entries * EntrySize, entry);
        _entries++;
    }

    private static void Encode(Entry content, long number, Span<byte> entry)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(entry, content.Value << 3 | (ulong)content.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], content.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], Checksum(entry, number));
    }

    private static uint Checksum(ReadOnlySpan<byte> entry, long number)
    {
        Span<byte> place = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, number);
        return Crc32C.Continue(Crc32C.Compute(entry[..12]), place);
    }

    private void Recover(ulong boot)
    {
        var content = new byte[RandomAccess.GetLength(_file)];
        FileIo.ReadUpTo(_file, _path, 0, content);
        var entries = Decode(content);
        var kept = CountKept(entries, boot);
        for (var i = 0; i < kept; i++)
        {
            if (entries[i].Kind is Kind.Data or Kind.Zero)
            {
                Set(entries[i].Kind, (long)entries[i].Value, entries[i].Count);
            }
        }

        FileIo.SetLength(_file, _path, (long)kept * EntrySize);
        _entries = kept;
        (_changes, _covered) = (kept, 0);
        _boot = boot;
        Write(Kind.Boot, boot, 0);
    }

    /// <summary>Entries up to the first bad one; more than one flushed mark behind that means it was durable once: it rotted.</summary>
    private List<Entry> Decode(byte[] content)
    {
        var entries = new List<Entry>();
        var flushedBehind = 0;
        var bad = false;
        for (var i = 0; (i + 1) * EntrySize <= content.Length; i++)
        {
            var entry = content.AsSpan(i * EntrySize, EntrySize);
            var value = BinaryPrimitives.ReadUInt64LittleEndian(entry);
            var kind = (Kind)(value & 7);
            var valid = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]) == Checksum(entry, i);
            bad |= !valid;
            flushedBehind += bad && valid && kind == Kind.Flushed ? 1 : 0;
            if (!bad)
            {
                entries.Add(new Entry(kind, value >> 3, BinaryPrimitives.ReadUInt32LittleEndian(entry[8..])));
            }
        }

        return flushedBehind <= 1 ? entries : throw new ReplicationException(
            ErrorCodes.ReplicaCorrupt, $"{_path} is damaged: the writes of this failover cannot be told from the replica's. Start it again.", false);
    }

    private static int CountKept(List<Entry> entries, ulong boot)
    {
        var lastBoot = entries.FindLastIndex(e => e.Kind == Kind.Boot);
        return boot != 0 && lastBoot >= 0 && entries[lastBoot].Value == boot
            ? entries.Count
            : (int)Math.Min(entries.Count, (long)(entries.FindLast(e => e.Kind == Kind.Flushed).Value));
    }

    private static void AddRuns(List<Entry> entries, Kind kind, PageSet pages)
    {
        foreach (var page in pages.Pages())
        {
            if (entries.Count > 0 && entries[^1] is var last && last.Kind == kind && last.Value + last.Count == (ulong)page
                && last.Count < int.MaxValue)
            {
                entries[^1] = last with { Count = last.Count + 1 };
            }
            else
            {
                entries.Add(new Entry(kind, (ulong)page, 1));
            }
        }
    }

    private readonly record struct Entry(Kind Kind, ulong Value, uint Count);
}

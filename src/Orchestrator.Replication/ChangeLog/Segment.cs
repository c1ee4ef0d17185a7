using System.Buffers.Binary;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>One file of the change log: a header page, then records.</summary>
/// <remarks>
/// The header is kept twice and written alternately with a generation, so a kill in the middle leaves the earlier use of the file visible,
/// never a mixture. Format of a copy, little-endian: <c>u32 magic | u32 crc32c of the copy with the field zero | u64 generation | u64 index |
/// u64 first sequence | u64 nonce | 16 bytes incarnation | u16 disk | 6 bytes 0</c>.
/// </remarks>
internal sealed class Segment(MappedFile file) : IDisposable
{
    /// <summary>Where records begin.</summary>
    public const int DataStart = 4096;

    private const int CopySize = 64;
    private const int CopyDistance = 2048;
    private const uint Magic = 0x5343524F; // "ORCS"
    private Segment? _next;
    private bool _dirty;
    private ulong _generation;

    public MappedFile File => file;

    public ushort Disk { get; private set; }

    /// <summary>The place in its disk's log, consecutive.</summary>
    public long Index { get; private set; }

    /// <summary>No record of this segment has a lower sequence number.</summary>
    public long FirstSequence { get; private set; }

    public ulong Nonce { get; private set; }

    public Guid Incarnation { get; private set; }

    /// <summary>The segment after this one; once set nothing is appended here.</summary>
    public Segment? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>Reads the header of an existing file; false when it holds none.</summary>
    public bool TryLoad()
    {
        var found = false;
        for (var copy = 0; copy < 2; copy++)
        {
            var bytes = file.Span(copy * CopyDistance, CopySize);
            var generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
            if (IsIntact(bytes) && (!found || generation > _generation))
            {
                found = true;
                _generation = generation;
                Index = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
                FirstSequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
                Nonce = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
                Incarnation = new Guid(bytes.Slice(40, 16));
                Disk = BinaryPrimitives.ReadUInt16LittleEndian(bytes[56..]);
            }
        }

        return found;
    }

    /// <summary>Begins a new use of the file; the nonce makes every record still in it void.</summary>
    public void Begin(Guid incarnation, ushort disk, long index, long firstSequence, ulong nonce)
    {
        (Incarnation, Disk, Index, FirstSequence, Nonce, Next) = (incarnation, disk, index, firstSequence, nonce, null);
        _generation++;
        Span<byte> bytes = stackalloc byte[CopySize];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], _generation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], index);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], firstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], nonce);
        incarnation.TryWriteBytes(bytes[40..]);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[56..], disk);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Crc32C.Compute(bytes));
        bytes.CopyTo(file.Span((int)(_generation % 2) * CopyDistance, CopySize));
        MarkDirty();
    }

    /// <summary>The header of the record at <paramref name="position"/>; false when there is none of the use with that nonce.</summary>
    public bool TryReadHeader(int position, ulong nonce, out RecordHeader header)
    {
        header = default;
        return position <= file.Length - RecordHeader.Size
            && RecordHeader.TryRead(file.Span(position, RecordHeader.Size), nonce, out header)
            && header.DataLength >= 0 && position + header.RecordSize <= file.Length;
    }

    /// <summary>Makes sure no record is found at <paramref name="position"/>.</summary>
    public void Cut(int position)
    {
        if (HasRoom(position, RecordHeader.Size))
        {
            file.Span(position, RecordHeader.Size).Clear();
            MarkDirty();
        }
    }

    /// <summary>The data of a record.</summary>
    public Span<byte> Data(int position, int length) => file.Span(position + RecordHeader.Size, length);

    public bool HasRoom(int position, long recordSize) => position + recordSize <= file.Length;

    public void MarkDirty() => Volatile.Write(ref _dirty, true);

    /// <summary>Makes the segment durable if it changed since the last time.</summary>
    public void Flush()
    {
        if (!Volatile.Read(ref _dirty))
        {
            return;
        }

        // Cleared first: a record appended during the flush sets it again.
        Volatile.Write(ref _dirty, false);
        Interlocked.MemoryBarrier();
        try
        {
            file.Flush();
        }
        catch (ObjectDisposedException)
        {
            // Released and deleted meanwhile: nobody needs it durable, and the segments after it still have to be.
        }
    }

    public void Dispose() => file.Dispose();

    private static bool IsIntact(ReadOnlySpan<byte> copy)
    {
        Span<byte> bytes = stackalloc byte[CopySize];
        copy.CopyTo(bytes);
        bytes.Slice(4, sizeof(uint)).Clear();
        return BinaryPrimitives.ReadUInt32LittleEndian(copy) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(copy[4..]) == Crc32C.Compute(bytes);
    }
}

using System.Buffers.Binary;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>What a record of the change log holds.</summary>
internal enum RecordType : byte
{
    /// <summary>A write; its data follows the header.</summary>
    Write = 1,

    /// <summary>A range that became zeroes; no data.</summary>
    Zero = 2,

    /// <summary>The end of an epoch; the <see cref="MarkPayload"/> follows the header.</summary>
    Mark = 5,
}

/// <summary>The 64 bytes before every record, little-endian, at a multiple of 64 bytes.</summary>
/// <remarks>
/// <c>u32 magic | u32 crc32c of this header with the field zero | u8 type | u8 0 | u16 disk | u32 data length | u64 sequence | u64 offset |
/// u64 effect length | u64 time, microseconds since 1970 | u32 crc32c of the data | u32 0 | u64 nonce of this use of the segment</c>.
/// The nonce tells records of this use from the old bytes of a recycled file.
/// </remarks>
internal readonly record struct RecordHeader(
    RecordType Type, ushort Disk, int DataLength, long Sequence, long Offset, long EffectLength, long Microseconds, uint DataCrc, ulong Nonce)
{
    /// <summary>Bytes of a header, and what records are aligned to.</summary>
    public const int Size = 64;

    private const uint Magic = 0x4C43524F; // "ORCL"

    /// <summary>Bytes the record takes in the log.</summary>
    public long RecordSize => SizeOf(DataLength);

    /// <summary>Bytes a record with that much data takes.</summary>
    public static long SizeOf(int dataLength) => Size + (((long)dataLength + Size - 1) & -Size);

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[8] = (byte)Type;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], Disk);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], DataLength);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], EffectLength);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], Microseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], DataCrc);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[56..], Nonce);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Crc32C.Compute(bytes));
        bytes.CopyTo(target);
    }

    /// <summary>Reads a header; false unless every byte of it is as written and it belongs to this use of the segment.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ulong nonce, out RecordHeader header)
    {
        header = default;
        if (source.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(source[56..]) != nonce)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        source[..Size].CopyTo(bytes);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        bytes.Slice(4, sizeof(uint)).Clear();
        if (Crc32C.Compute(bytes) != crc)
        {
            return false;
        }

        header = new RecordHeader(
            (RecordType)bytes[8],
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]),
            nonce);
        return true;
    }
}

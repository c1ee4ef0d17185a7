using System.Buffers.Binary;
using Orchestrator.Replication.Integrity;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;
using static Orchestrator.Replication.Protocol.FrameLayout;

namespace Orchestrator.Replication.Protocol;

/// <summary>The outside of a batch on the wire and in the target's store: what can be read and verified without a key.</summary>
/// <remarks>
/// All integers are little-endian.
/// <code>
/// header, 128 bytes
///   0 magic "ORBF"   4 u16 version = 1   6 u16 header length = 128
///   8 u32 CRC-32C of bytes 0..8 and 12..128   12 u32 CRC-32C of everything behind the header
///  16 session (16)  32 i64 number  40 i64 first sequence  48 i64 last sequence  56 i64 epoch  64 i64 raw bytes
///  72 i64 mark sequence  80 i64 mark time (UTC ticks)  88 point id (16)  104 u8 epoch kind  105 u8 flags {1 epoch ends, 2 consistent}
/// 106 u16 sections  108 i32 body length  112 zero (16)
/// section table, 32 bytes each, ascending by disk
///   0 i32 disk  4 u8 codec  8 i32 plain length  12 i32 stored length  16 i32 extents  20 i32 table length  24 zero (8)
/// seal, 16 bytes: AES-256-GCM tag over nothing but associated data = header 16..128 and the section table
/// sections: stored bytes (AES-256-GCM ciphertext), then its 16-byte tag; associated data = header 16..128 and the section's table entry
/// </code>
/// A section's plain text, after decompression, is its extent table (per extent two LEB128 varints: gap to the end of the extent before,
/// and length*2 + (1 when the extent is zero)) followed by the data of the extents that are not zero.
/// <para>Keys: there is one 256-bit key per disk, therefore one section per disk. The key of a section is
/// HKDF-SHA256(disk key, salt = session, info = "orchestrator frame 1" and the disk's index); the seal's is derived from disk 0's
/// key under another info. A session id is used once and a batch number once per session, so the nonce (the batch number)
/// never repeats under a key. The sections of one disk can be read without the keys of the others.</para>
/// <para>The checksums find damage early, and without a key (a receiver refuses instead of storing it); the tags find forgery.</para>
/// </remarks>
public static class BatchFrame
{
    /// <summary>The largest frame accepted, in bytes; a receiver need not reserve more.</summary>
    public const int MaxLength = 32 * 1024 * 1024;

    /// <summary>The most raw bytes a frame may expand to.</summary>
    public const int MaxRawBytes = 16 * 1024 * 1024;

    /// <summary>The bytes of the fixed header.</summary>
    public const int HeaderLength = FrameLayout.HeaderLength;

    /// <summary>Reads the header and verifies its checksum; the bytes behind it need not be there.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.BatchRejected"/>.</exception>
    public static BatchHeader ReadHeader(ReadOnlySpan<byte> frame)
    {
        RequireIntactHeader(frame);
        return new BatchHeader(
            new Guid(frame.Slice(Session, 16)), Int64(frame, Number), Int64(frame, FirstSequence),
            Int64(frame, LastSequence), Int64(frame, Epoch), ReadEnd(frame), Int64(frame, RawBytes));
    }

    /// <summary>The whole frame's length, read from a header that <see cref="ReadHeader"/> accepts.</summary>
    public static int ReadLength(ReadOnlySpan<byte> frame)
    {
        RequireIntactHeader(frame);
        return HeaderLength + Int32(frame, BodyLength);
    }

    /// <summary>Verifies that the frame is complete and undamaged as far as that can be told without a key; returns its header.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.BatchRejected"/>.</exception>
    public static BatchHeader Verify(ReadOnlySpan<byte> frame)
    {
        var header = ReadHeader(frame);
        Require(frame.Length == HeaderLength + Int32(frame, BodyLength), "is cut off or has bytes behind its end");
        Require(Crc32C.Compute(frame[HeaderLength..]) == UInt32(frame, FrameLayout.BodyCrc), "fails its body checksum");
        return header;
    }

    internal static void WriteHeader(Span<byte> frame, BatchHeader header, int sections, int bodyLength)
    {
        frame[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], FrameLayout.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], HeaderLength);
        header.Session.TryWriteBytes(frame[Session..]);
        BinaryPrimitives.WriteInt64LittleEndian(frame[Number..], header.Number);
        BinaryPrimitives.WriteInt64LittleEndian(frame[FirstSequence..], header.FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(frame[LastSequence..], header.LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(frame[Epoch..], header.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(frame[RawBytes..], header.RawBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[Sections..], (ushort)sections);
        BinaryPrimitives.WriteInt32LittleEndian(frame[BodyLength..], bodyLength);
        WriteEnd(frame, header);
    }

    /// <summary>Sets both checksums; everything else of the frame must be final.</summary>
    internal static void WriteChecksums(Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame[FrameLayout.BodyCrc..], Crc32C.Compute(frame[HeaderLength..]));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[HeaderCrc..], HeaderChecksum(frame));
    }

    internal static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw Rejected(what);
        }
    }

    internal static ReplicationException Rejected(string what, Exception? inner = null) => new(
        ErrorCodes.BatchRejected,
        $"The batch {what}. It was not applied; the source sends it again. If this repeats, check both sides' versions, keys and memory.",
        isTransient: true, inner);

    private static void RequireIntactHeader(ReadOnlySpan<byte> frame)
    {
        Require(frame.Length >= HeaderLength, "is shorter than its header");
        Require(UInt32(frame, 0) == Magic, "does not begin as a batch does");
        Require(BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]) == FrameLayout.Version, "has a version this node does not know");
        Require(UInt32(frame, HeaderCrc) == HeaderChecksum(frame), "fails its header checksum");
        Require(BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) == HeaderLength, "has an unknown header length");
        Require(Int32(frame, BodyLength) is >= TagLength and <= MaxLength - HeaderLength, "states an impossible length");
        Require(Int64(frame, RawBytes) is >= 0 and <= MaxRawBytes, "states an impossible raw length");
        Require(Int64(frame, FirstSequence) >= 1 && Int64(frame, LastSequence) >= Int64(frame, FirstSequence) - 1
            && Int64(frame, Number) >= 0, "states impossible numbers");
    }

    private static uint HeaderChecksum(ReadOnlySpan<byte> frame) =>
        Crc32C.Continue(Crc32C.Compute(frame[..HeaderCrc]), frame[FrameLayout.BodyCrc..HeaderLength]);

    private static void WriteEnd(Span<byte> frame, BatchHeader header)
    {
        if (header.End is not { } end)
        {
            return;
        }

        frame[Flags] = (byte)(HasEnd | (end.Consistent ? IsConsistent : 0));
        frame[MarkKind] = (byte)end.Mark.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(frame[MarkSequence..], end.Mark.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(frame[MarkTicks..], end.Mark.TakenAt.UtcTicks);
        end.Mark.PointId.TryWriteBytes(frame[MarkPoint..]);
    }

    private static EpochEnd? ReadEnd(ReadOnlySpan<byte> frame)
    {
        if ((frame[Flags] & HasEnd) == 0)
        {
            return null;
        }

        var ticks = Int64(frame, MarkTicks);
        Require(ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks, "states an impossible time");
        Require(Enum.IsDefined((EpochKind)frame[MarkKind]), "ends its epoch in an unknown way");
        var mark = new EpochMark(
            Int64(frame, Epoch), Int64(frame, MarkSequence), (EpochKind)frame[MarkKind],
            new Guid(frame.Slice(MarkPoint, 16)), new DateTimeOffset(ticks, TimeSpan.Zero));
        return new EpochEnd(mark, (frame[Flags] & IsConsistent) != 0);
    }

    private static long Int64(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadInt64LittleEndian(frame[at..]);

    private static int Int32(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadInt32LittleEndian(frame[at..]);

    private static uint UInt32(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt32LittleEndian(frame[at..]);
}

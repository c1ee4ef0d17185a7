using System.Buffers.Binary;
using static Orchestrator.Replication.Protocol.FrameLayout;

namespace Orchestrator.Replication.Protocol;

/// <summary>One entry of a frame's section table: one disk's part of the batch.</summary>
internal readonly record struct FrameSection(
    int Disk, FrameCompression Codec, int PlainLength, int StoredLength, int Extents, int TableLength)
{
    internal void Write(Span<byte> entry)
    {
        entry[..SectionLength].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(entry[SectionDisk..], Disk);
        entry[SectionCodec] = (byte)Codec;
        BinaryPrimitives.WriteInt32LittleEndian(entry[SectionPlain..], PlainLength);
        BinaryPrimitives.WriteInt32LittleEndian(entry[SectionStored..], StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(entry[SectionExtents..], Extents);
        BinaryPrimitives.WriteInt32LittleEndian(entry[SectionTable..], TableLength);
    }

    internal static FrameSection Read(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt32LittleEndian(entry[SectionDisk..]),
        (FrameCompression)entry[SectionCodec],
        BinaryPrimitives.ReadInt32LittleEndian(entry[SectionPlain..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[SectionStored..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[SectionExtents..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[SectionTable..]));

    /// <summary>Refuses sizes that cannot be true before anything is allocated for them.</summary>
    internal void RequirePossible(int remaining)
    {
        BatchFrame.Require(
            StoredLength >= 0 && StoredLength <= remaining - TagLength, "has a section that reaches beyond its end");
        BatchFrame.Require(
            Extents is >= 0 and <= MaxExtents && TableLength >= 2L * Extents && TableLength <= PlainLength,
            "has a section with an impossible extent table");
        BatchFrame.Require(
            PlainLength >= 0 && PlainLength <= BatchFrame.MaxRawBytes + (MaxExtentLength * (long)Extents),
            "has a section of impossible size");
        BatchFrame.Require(
            Codec is FrameCompression.Brotli || (Codec is FrameCompression.None && PlainLength == StoredLength),
            "is compressed in a way this node does not know");
    }
}

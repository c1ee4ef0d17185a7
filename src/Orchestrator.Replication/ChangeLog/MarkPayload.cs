using System.Buffers.Binary;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>The data of a mark: <c>u64 epoch | u64 ticks, UTC | u8 kind | 7 bytes 0 | 16 bytes point id</c>, little-endian.</summary>
internal static class MarkPayload
{
    public const int Size = 40;

    public static void Write(Span<byte> target, EpochMark mark)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(target, mark.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], mark.TakenAt.UtcTicks);
        target[16] = (byte)mark.Kind;
        mark.PointId.TryWriteBytes(target[24..]);
    }

    public static EpochMark Read(ReadOnlySpan<byte> source, long sequence) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        sequence,
        (EpochKind)source[16],
        new Guid(source.Slice(24, 16)),
        new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(source[8..]), TimeSpan.Zero));
}

using System.Buffers.Binary;
using System.Numerics;

namespace Orchestrator.Replication.Integrity;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4), by the processor's own instruction.</summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => ~Append(0xFFFFFFFF, data);

    /// <summary>The checksum of the concatenation, given the checksum of what came before.</summary>
    public static uint Continue(uint previous, ReadOnlySpan<byte> data) => ~Append(~previous, data);

    private static uint Append(uint state, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var value in data)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}

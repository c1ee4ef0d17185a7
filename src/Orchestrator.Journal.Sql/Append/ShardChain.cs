using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Orchestrator.Journal.Sql.Append;

/// <summary>One running hash per shard over its events in the order of their positions.</summary>
/// <remarks>
/// The chain of each entity leaves out the position, which is unknown when the event is made; so two events of different
/// entities could change places unseen. <c>genesis = SHA256("shard" ‖ shard)</c>,
/// <c>chain = SHA256("pos1" ‖ chain ‖ position ‖ event hash)</c>, integers big-endian. Only the last value is kept,
/// beside the head. Whoever can rewrite the whole file can compute it again: it shows accidents, not a skilled forger.
/// </remarks>
internal static class ShardChain
{
    public static byte[] Genesis(int shardId)
    {
        Span<byte> input = stackalloc byte[9];
        "shard"u8.CopyTo(input);
        BinaryPrimitives.WriteInt32BigEndian(input[5..], shardId);
        return SHA256.HashData(input);
    }

    public static byte[] Next(ReadOnlySpan<byte> chain, long position, ReadOnlySpan<byte> eventHash)
    {
        Span<byte> input = stackalloc byte[76];
        "pos1"u8.CopyTo(input);
        chain[..32].CopyTo(input[4..]);
        BinaryPrimitives.WriteInt64BigEndian(input[36..], position);
        eventHash[..32].CopyTo(input[44..]);
        return SHA256.HashData(input);
    }

    /// <summary>The first 8 bytes of a chain value: kept with an event they show that it stands where it was stored.</summary>
    public static long Link(ReadOnlySpan<byte> chain) => BinaryPrimitives.ReadInt64BigEndian(chain);
}

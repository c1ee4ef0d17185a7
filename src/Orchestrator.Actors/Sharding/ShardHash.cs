using System.Text;

namespace Orchestrator.Actors.Sharding;

/// <summary>Maps entity names to shards, the same on every node, build and platform, for ever.</summary>
/// <remarks>
/// FNV-1a, 64 bit, over the UTF-8 bytes of the name (Fowler, Noll, Vo), followed by the finalizer of MurmurHash3 (fmix64, Appleby)
/// because the low bits of FNV alone mix short names poorly; the shard is the result modulo the shard count.
/// </remarks>
public static class ShardHash
{
    /// <summary>The shard of a name.</summary>
    /// <param name="name">The entity's name, compared ordinally.</param>
    /// <param name="shardCount">The fixed number of shards, at least 1.</param>
    public static int ShardOf(string name, int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        return (int)(Mix(Fnv1a(name)) % (ulong)shardCount);
    }

    private static ulong Fnv1a(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> buffer = stackalloc byte[256];
        var size = Encoding.UTF8.GetMaxByteCount(name.Length);
        var bytes = size <= buffer.Length ? buffer : new byte[size];
        var length = Encoding.UTF8.GetBytes(name, bytes);
        var hash = 14695981039346656037UL;
        foreach (var value in bytes[..length])
            hash = unchecked((hash ^ value) * 1099511628211UL);

        return hash;
    }

    private static ulong Mix(ulong hash)
    {
        hash ^= hash >> 33;
        hash = unchecked(hash * 0xff51afd7ed558ccdUL);
        hash ^= hash >> 33;
        hash = unchecked(hash * 0xc4ceb9fe1a85ec53UL);
        return hash ^ (hash >> 33);
    }
}

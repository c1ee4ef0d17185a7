using System.Security.Cryptography;

namespace Orchestrator.Journal.Sql.Evidence.Merkle;

/// <summary>The hashes of RFC 6962 section 2.1: leaves and inner nodes are told apart by their first byte, so neither passes for the other.</summary>
public static class MerkleHash
{
    /// <summary>The length of every hash, in bytes.</summary>
    public const int Length = 32;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    /// <summary>The root of the tree without leaves: the hash of nothing.</summary>
    public static byte[] Empty() => SHA256.HashData([]);

    /// <summary><c>SHA256(0x00 ‖ data)</c>.</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> data)
    {
        Span<byte> small = stackalloc byte[128];
        var input = data.Length < small.Length ? small[..(data.Length + 1)] : new byte[data.Length + 1];
        input[0] = LeafPrefix;
        data.CopyTo(input[1..]);
        return SHA256.HashData(input);
    }

    /// <summary><c>SHA256(0x01 ‖ left ‖ right)</c>.</summary>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Length)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Length)..]);
        return SHA256.HashData(input);
    }
}

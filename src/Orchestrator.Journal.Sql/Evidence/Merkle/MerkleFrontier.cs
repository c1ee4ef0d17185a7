using System.Numerics;

namespace Orchestrator.Journal.Sql.Evidence.Merkle;

/// <summary>A growing Merkle tree of which only the right edge is kept: one hash per set bit of its size.</summary>
/// <remarks>
/// The roots of the full subtrees from left to right are all that appending needs, so a tree of a billion leaves takes at most
/// 30 hashes. Not for several threads at once.
/// </remarks>
public sealed class MerkleFrontier
{
    private readonly List<byte[]> _subtrees;

    /// <summary>An empty tree.</summary>
    public MerkleFrontier() => _subtrees = [];

    private MerkleFrontier(long size, List<byte[]> subtrees)
    {
        Size = size;
        _subtrees = subtrees;
    }

    /// <summary>How many leaves were appended.</summary>
    public long Size { get; private set; }

    /// <summary>Reads a frontier written by <see cref="ToBytes"/>; null when the bytes are not of a tree of that size.</summary>
    public static MerkleFrontier? TryRead(long size, ReadOnlySpan<byte> bytes)
    {
        if (size < 0 || bytes.Length != BitOperations.PopCount((ulong)size) * MerkleHash.Length)
        {
            return null;
        }

        var subtrees = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += MerkleHash.Length)
        {
            subtrees.Add(bytes.Slice(at, MerkleHash.Length).ToArray());
        }

        return new MerkleFrontier(size, subtrees);
    }

    /// <summary>A copy that grows by itself.</summary>
    public MerkleFrontier Clone() => new(Size, [.. _subtrees]);

    /// <summary>Appends a leaf; its hash gets the prefix of a leaf.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        var hash = MerkleHash.Leaf(data);
        for (var pairs = Size; (pairs & 1) == 1; pairs >>= 1)
        {
            hash = MerkleHash.Node(_subtrees[^1], hash);
            _subtrees.RemoveAt(_subtrees.Count - 1);
        }

        _subtrees.Add(hash);
        Size++;
    }

    /// <summary>The tree as it is now.</summary>
    public TreeHead Head()
    {
        if (Size == 0)
        {
            return TreeHead.Empty;
        }

        var root = _subtrees[^1];
        for (var i = _subtrees.Count - 2; i >= 0; i--)
        {
            root = MerkleHash.Node(_subtrees[i], root);
        }

        return new TreeHead(Size, root);
    }

    /// <summary>The hashes of the frontier, left to right.</summary>
    public byte[] ToBytes() => [.. _subtrees.SelectMany(static hash => hash)];
}

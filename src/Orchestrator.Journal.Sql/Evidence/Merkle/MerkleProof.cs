using System.Numerics;

namespace Orchestrator.Journal.Sql.Evidence.Merkle;

/// <summary>Proofs that need log2(n) hashes instead of the tree: a leaf is in a tree, a tree is the beginning of another.</summary>
/// <remarks>Generation is RFC 6962 section 2.1.1 and 2.1.2, checking RFC 9162 section 2.1.3.2 and 2.1.4.2. Pure.</remarks>
public static class MerkleProof
{
    /// <summary>The root over some leaves.</summary>
    public static byte[] Root(IReadOnlyList<byte[]> leaves)
    {
        var frontier = new MerkleFrontier();
        foreach (var leaf in leaves)
        {
            frontier.Append(leaf);
        }

        return frontier.Head().Root;
    }

    /// <summary>The path that proves leaf <paramref name="index"/> in the tree over all <paramref name="leaves"/>.</summary>
    /// <param name="leaves">The leaves' data.</param>
    /// <param name="index">From 0.</param>
    public static IReadOnlyList<byte[]> Inclusion(IReadOnlyList<byte[]> leaves, int index)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Count);
        var path = new List<byte[]>();
        var (from, to) = (0, leaves.Count);
        while (to - from > 1)
        {
            var middle = from + Split(to - from);
            var goesLeft = index < middle;
            path.Add(goesLeft ? Root(leaves, middle, to) : Root(leaves, from, middle));
            (from, to) = goesLeft ? (from, middle) : (middle, to);
        }

        path.Reverse();
        return path;
    }

    /// <summary>Whether a leaf with this data stands at <paramref name="index"/> of the tree.</summary>
    public static bool Includes(TreeHead tree, long index, ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> path)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(path);
        if (index < 0 || index >= tree.Size)
        {
            return false;
        }

        var (node, last) = (index, tree.Size - 1);
        var hash = MerkleHash.Leaf(leaf);
        foreach (var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.Node(sibling, hash);
                SkipLevelsWithoutSibling(ref node, ref last);
            }
            else
            {
                hash = MerkleHash.Node(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash.AsSpan().SequenceEqual(tree.Root);
    }

    /// <summary>The path that proves the tree over the first <paramref name="size"/> leaves to be the beginning of the tree over all.</summary>
    /// <param name="leaves">The leaves' data.</param>
    /// <param name="size">From 1 to their number.</param>
    public static IReadOnlyList<byte[]> Consistency(IReadOnlyList<byte[]> leaves, int size)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, leaves.Count);
        var path = new List<byte[]>();
        var (from, to, isComplete) = (0, leaves.Count, true);
        while (size != to)
        {
            var middle = from + Split(to - from);
            var goesLeft = size <= middle;
            path.Add(goesLeft ? Root(leaves, middle, to) : Root(leaves, from, middle));
            isComplete &= goesLeft;
            (from, to) = goesLeft ? (from, middle) : (middle, to);
        }

        if (!isComplete)
        {
            path.Add(Root(leaves, from, to)); // The old root itself is known to who checks, a part of it is not.
        }

        path.Reverse();
        return path;
    }

    /// <summary>Whether <paramref name="earlier"/> is the beginning of <paramref name="later"/>.</summary>
    public static bool IsConsistent(TreeHead earlier, TreeHead later, IReadOnlyList<byte[]> path)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(later);
        ArgumentNullException.ThrowIfNull(path);
        if (earlier.Size == 0 || earlier.Size >= later.Size)
        {
            return path.Count == 0 && (earlier.Size == 0 || earlier.Equals(later));
        }

        IReadOnlyList<byte[]> whole = BitOperations.IsPow2(earlier.Size) ? [earlier.Root, .. path] : path;
        if (whole.Count == 0)
        {
            return false;
        }

        var (node, last) = (earlier.Size - 1, later.Size - 1);
        while ((node & 1) == 1)
        {
            (node, last) = (node >> 1, last >> 1);
        }

        return Folds(whole, node, last, earlier.Root, later.Root);
    }

    private static bool Folds(IReadOnlyList<byte[]> path, long node, long last, byte[] earlier, byte[] later)
    {
        var (first, second) = (path[0], path[0]);
        foreach (var sibling in path.Skip(1))
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                first = MerkleHash.Node(sibling, first);
                second = MerkleHash.Node(sibling, second);
                SkipLevelsWithoutSibling(ref node, ref last);
            }
            else
            {
                second = MerkleHash.Node(second, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && first.AsSpan().SequenceEqual(earlier) && second.AsSpan().SequenceEqual(later);
    }

    // At the ragged right edge a node moves up unchanged until it is somebody's right child.
    private static void SkipLevelsWithoutSibling(ref long node, ref long last)
    {
        while ((node & 1) == 0 && node != 0)
        {
            (node, last) = (node >> 1, last >> 1);
        }
    }

    private static byte[] Root(IReadOnlyList<byte[]> leaves, int from, int to)
    {
        var frontier = new MerkleFrontier();
        for (var i = from; i < to; i++)
        {
            frontier.Append(leaves[i]);
        }

        return frontier.Head().Root;
    }

    // The largest power of two below n.
    private static int Split(int n) => 1 << BitOperations.Log2((uint)n - 1);
}

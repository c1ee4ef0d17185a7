using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

public sealed class MerkleTree_beside_a_naive_one
{
    private const int Cases = 150;
    private const int LargestTree = 130;

    /// <summary>The leaves and roots of the test vectors that the implementations of Certificate Transparency share.</summary>
    private static readonly (string Leaf, string Root)[] Vectors =
    [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    private static Gen<(int Size, int Other, int Bit)> Trees =>
        from size in Gen.Choose(1, LargestTree)
        from other in Gen.Choose(0, LargestTree * 4)
        from bit in Gen.Choose(0, int.MaxValue)
        select (size, other % size, bit);

    [Fact]
    public void Has_the_roots_of_the_published_vectors()
    {
        var tree = new MerkleFrontier();
        Convert.ToHexStringLower(tree.Head().Root).Should().Be("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        foreach (var (leaf, root) in Vectors)
        {
            tree.Append(Convert.FromHexString(leaf));
            Convert.ToHexStringLower(tree.Head().Root).Should().Be(root);
        }
    }

    [Fact]
    public void Has_the_same_roots() => ForAll(tree => Same(MerkleProof.Root(Leaves(tree.Size)), NaiveTree.Hash(Leaves(tree.Size))));

    [Fact]
    public void Goes_on_from_the_hashes_kept_of_it() => ForAll(tree =>
    {
        var leaves = Leaves(tree.Size);
        var before = new MerkleFrontier();
        foreach (var leaf in leaves[..tree.Other]) before.Append(leaf);
        var after = MerkleFrontier.TryRead(before.Size, before.ToBytes())!;
        foreach (var leaf in leaves[tree.Other..]) after.Append(leaf);
        return Same(after.Head().Root, NaiveTree.Hash(leaves)) && before.Size == tree.Other;
    });

    [Fact]
    public void Proves_each_leaf_as_the_naive_one_does() => ForAll(tree =>
    {
        var leaves = Leaves(tree.Size);
        var path = MerkleProof.Inclusion(leaves, tree.Other);
        return Same(path, NaiveTree.Path(tree.Other, leaves))
            && MerkleProof.Includes(new TreeHead(tree.Size, NaiveTree.Hash(leaves)), tree.Other, leaves[tree.Other], path);
    });

    [Fact]
    public void Refuses_the_proof_of_another_leaf_place_tree_or_path() => ForAll(tree =>
    {
        var leaves = Leaves(tree.Size);
        var head = new TreeHead(tree.Size, NaiveTree.Hash(leaves));
        var path = NaiveTree.Path(tree.Other, leaves);
        return !MerkleProof.Includes(head, tree.Other, [9], path)
            && !MerkleProof.Includes(head, tree.Size, leaves[tree.Other], path)
            && (tree.Size == 1 || !MerkleProof.Includes(head, (tree.Other + 1) % tree.Size, leaves[tree.Other], path))
            && !MerkleProof.Includes(head with { Root = Flip(head.Root, tree.Bit) }, tree.Other, leaves[tree.Other], path)
            && !MerkleProof.Includes(head, tree.Other, leaves[tree.Other], [.. path, new byte[32]])
            && (path.Length == 0 || !MerkleProof.Includes(head, tree.Other, leaves[tree.Other], FlipOne(path, tree.Bit)));
    });

    [Fact]
    public void Proves_each_beginning_as_the_naive_one_does() => ForAll(tree =>
    {
        var leaves = Leaves(tree.Size);
        var size = tree.Other + 1;
        var path = MerkleProof.Consistency(leaves, size);
        return Same(path, NaiveTree.Proof(size, leaves)) && MerkleProof.IsConsistent(
            new TreeHead(size, NaiveTree.Hash(leaves[..size])), new TreeHead(tree.Size, NaiveTree.Hash(leaves)), path);
    });

    [Fact]
    public void Refuses_the_proof_of_a_beginning_that_was_changed() => ForAll(tree =>
    {
        var leaves = Leaves(tree.Size);
        var size = tree.Other + 1;
        var (earlier, later) = (new TreeHead(size, NaiveTree.Hash(leaves[..size])), new TreeHead(tree.Size, NaiveTree.Hash(leaves)));
        var path = NaiveTree.Proof(size, leaves);
        return !MerkleProof.IsConsistent(earlier with { Root = Flip(earlier.Root, tree.Bit) }, later, path)
            && !MerkleProof.IsConsistent(earlier, later with { Root = Flip(later.Root, tree.Bit) }, path)
            && !MerkleProof.IsConsistent(earlier, later, [.. path, new byte[32]])
            && (path.Length == 0 || !MerkleProof.IsConsistent(earlier, later, FlipOne(path, tree.Bit)))
            && (size == tree.Size || !MerkleProof.IsConsistent(later, earlier, path));
    });

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(3, 32)]
    [InlineData(3, 65)]
    public void Refuses_hashes_that_are_not_of_a_tree_of_that_size(long size, int length) =>
        MerkleFrontier.TryRead(size, new byte[length]).Should().BeNull();

    private static void ForAll(Func<(int Size, int Other, int Bit), bool> holds) =>
        Prop.ForAll(Trees.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    private static byte[][] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => new byte[] { (byte)i, (byte)(i >> 8), 7 })];

    private static byte[] Flip(byte[] hash, int bit)
    {
        var changed = hash.ToArray();
        changed[bit / 8 % hash.Length] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    private static byte[][] FlipOne(byte[][] path, int bit)
    {
        byte[][] changed = [.. path];
        changed[bit % path.Length] = Flip(path[bit % path.Length], bit);
        return changed;
    }

    private static bool Same(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);

    private static bool Same(IReadOnlyList<byte[]> one, byte[][] other) => one.Count == other.Length && one.Zip(other).All(pair => Same(pair.First, pair.Second));
}

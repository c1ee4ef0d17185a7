namespace Orchestrator.Journal.Sql.Evidence.Merkle;

/// <summary>A Merkle tree at one size.</summary>
/// <param name="Size">How many leaves it has.</param>
/// <param name="Root">The hash over all of them.</param>
public sealed record TreeHead(long Size, byte[] Root)
{
    /// <summary>The tree without leaves.</summary>
    public static TreeHead Empty { get; } = new(0, MerkleHash.Empty());

    /// <inheritdoc />
    public bool Equals(TreeHead? other) => other is not null && Size == other.Size && Root.AsSpan().SequenceEqual(other.Root);

    /// <inheritdoc />
    public override int GetHashCode() => Size.GetHashCode();
}

using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>What a whole journal was at one moment: one tree per shard over its events, and one over what was shredded.</summary>
/// <param name="Number">From 1, consecutive.</param>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Previous">The hash of the checkpoint before (<see cref="CheckpointFormat.Hash"/>), 32 zeros for the first.</param>
/// <param name="Shards">The trees of the shards, leaf i being the hash of the event at position i + 1; all read at one moment.</param>
/// <param name="Shreddings">The tree of the shredding notes.</param>
public sealed record Checkpoint(
    long Number, DateTimeOffset At, byte[] Previous, IReadOnlyList<TreeHead> Shards, TreeHead Shreddings)
{
    /// <summary>How many events it seals.</summary>
    public long Events => Shards.Sum(static shard => shard.Size);
}

/// <summary>A checkpoint as it is stored and published.</summary>
/// <param name="Body">Its canonical bytes, see <see cref="CheckpointFormat"/>.</param>
/// <param name="KeyId">The SHA-256 of the public key's SubjectPublicKeyInfo, hexadecimal.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 over the body, in the form of ASN.1 DER that openssl reads.</param>
public sealed record SignedCheckpoint(byte[] Body, string KeyId, byte[] Signature)
{
    /// <summary>Whether both are the same bytes; two signatures of one body differ, because ECDSA is random.</summary>
    public bool HasBodyOf(SignedCheckpoint other) => Body.AsSpan().SequenceEqual(other.Body);
}

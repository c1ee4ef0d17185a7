using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Reads the evidence of an image: what <see cref="Verification.IJournalImage"/> is for events, of the same moment.</summary>
/// <remarks>One enumeration at a time, also not beside one of the image.</remarks>
public interface IEvidenceImage
{
    /// <summary>The checkpoints from a number on, in order.</summary>
    IAsyncEnumerable<StoredCheckpoint> ReadCheckpointsAsync(long from, CancellationToken cancellation);

    /// <summary>The shredding notes from a number on, in order.</summary>
    IAsyncEnumerable<ShreddingNote> ReadShreddingsAsync(long from, CancellationToken cancellation);
}

/// <summary>A checkpoint as it lies in the store, damaged or not.</summary>
/// <param name="Number">The number of its row.</param>
/// <param name="Seal">Its bytes.</param>
public sealed record StoredCheckpoint(long Number, SignedCheckpoint Seal);

/// <summary>What the store knows of the trees.</summary>
/// <param name="Last">The newest checkpoint; null before the first.</param>
/// <param name="Frontiers">The frontiers kept with it, by shard; <see cref="ICheckpointStore.ShreddingTree"/> for the notes.</param>
/// <param name="Anchors">How far each target has the checkpoints, by the target's name.</param>
public sealed record CheckpointMemory(
    StoredCheckpoint? Last, IReadOnlyDictionary<int, StoredFrontier> Frontiers, IReadOnlyDictionary<string, long> Anchors);

/// <summary>A frontier as it lies in the store.</summary>
/// <param name="Size">The tree's size.</param>
/// <param name="Hashes">See <see cref="MerkleFrontier.ToBytes"/>.</param>
public sealed record StoredFrontier(long Size, byte[] Hashes);

/// <summary>Keeps checkpoints in the journal's own database, and removes payloads on record.</summary>
public interface ICheckpointStore
{
    /// <summary>The number under which the tree of the shredding notes is kept beside those of the shards.</summary>
    const int ShreddingTree = -1;

    /// <summary>Reads what there is.</summary>
    /// <exception cref="JournalException">The store failed.</exception>
    ValueTask<CheckpointMemory> LoadAsync(CancellationToken cancellation);

    /// <summary>The checkpoints from a number on, in order, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<StoredCheckpoint>> ReadAsync(long from, int limit, CancellationToken cancellation);

    /// <summary>Stores a checkpoint together with its frontiers, durably.</summary>
    /// <exception cref="JournalException">
    /// <see cref="EvidenceErrorCodes.CheckpointConflict"/>: the number is not the next one, because somebody else takes checkpoints.
    /// </exception>
    ValueTask SaveAsync(
        StoredCheckpoint checkpoint, IReadOnlyDictionary<int, StoredFrontier> frontiers, CancellationToken cancellation);

    /// <summary>Notes that a target has all checkpoints up to a number.</summary>
    ValueTask SaveAnchorAsync(string target, long number, CancellationToken cancellation);

    /// <summary>Removes the payloads of an entity's events and writes the note of it, in one transaction.</summary>
    /// <returns>The note.</returns>
    /// <exception cref="JournalException">
    /// <see cref="EvidenceErrorCodes.NothingToShred"/>, or <see cref="EvidenceErrorCodes.ShreddingNotCovered"/> unless forced: no snapshot
    /// holds what the events led to, so the entity could not be recovered any more.
    /// </exception>
    ValueTask<ShreddingNote> ShredAsync(ShreddingRequest request, CancellationToken cancellation);
}

/// <summary>Asks for the removal of payloads.</summary>
/// <param name="Id">The entity.</param>
/// <param name="First">The first event.</param>
/// <param name="Last">The last one.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Reason">Why; kept for ever.</param>
/// <param name="Force">Whether to go on although no snapshot covers the events: the entity then stops at its next recovery.</param>
public sealed record ShreddingRequest(PersistenceId Id, long First, long Last, string Caller, string Reason, bool Force);

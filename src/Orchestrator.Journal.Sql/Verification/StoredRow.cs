using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>A row of the journal as it lies in the store, damaged or not.</summary>
/// <param name="Order">The store's own order of insertion, rising; the position if it keeps <see cref="Link"/> instead.</param>
/// <param name="ShardId">The shard the row names.</param>
/// <param name="Position">The position the row names.</param>
/// <param name="RecordedAt">The store's clock at the append, UTC.</param>
/// <param name="EntityShard">The shard its entity belongs to; null when the entity is unknown.</param>
/// <param name="Event">The event; null when its columns do not make one.</param>
public sealed record StoredRow(
    long Order, int ShardId, long Position, DateTimeOffset RecordedAt, int? EntityShard, JournalEvent? Event)
{
    /// <summary>The first 8 bytes of the shard's running hash after this event, big-endian; null if the store keeps none.</summary>
    public long? Link { get; init; }
}

/// <summary>The head of a shard as it lies in the store.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Epoch">The epoch granted last.</param>
/// <param name="Head">The last position stored.</param>
/// <param name="Chain">The running hash over the shard's events in order of position; null if the store keeps none.</param>
public sealed record StoredShard(int ShardId, long Epoch, long Head, byte[]? Chain);

/// <summary>A snapshot as it lies in the store, without its payload.</summary>
/// <param name="Id">The entity.</param>
/// <param name="SequenceNr">The event it was taken after.</param>
/// <param name="EventHash">The chain hash of that event.</param>
/// <param name="PayloadIsIntact">Whether the payload still has the hash stored with it.</param>
public sealed record StoredSnapshot(PersistenceId Id, long SequenceNr, byte[] EventHash, bool PayloadIsIntact);

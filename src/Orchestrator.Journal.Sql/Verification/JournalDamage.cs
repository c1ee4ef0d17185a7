using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>What is wrong at a spot.</summary>
public enum DamageKind
{
    /// <summary>The payload is not the one that was stored; the rest of the event is.</summary>
    AlteredPayload = 1,

    /// <summary>The event is not the one that was stored, or does not follow from the event before it.</summary>
    AlteredEvent = 2,

    /// <summary>An event is gone: a position is skipped, or an entity's sequence number.</summary>
    MissingRow = 3,

    /// <summary>Events stand in another order than they were stored in.</summary>
    SwappedRows = 4,

    /// <summary>The last events of a shard are gone: its head names a later position.</summary>
    CutTail = 5,

    /// <summary>There are events behind the shard's head, or of a shard that does not exist.</summary>
    StrayRows = 6,

    /// <summary>The epoch goes back, or was never granted.</summary>
    EpochOutOfOrder = 7,

    /// <summary>The event's entity is unknown or lives in another shard.</summary>
    ForeignEntity = 8,

    /// <summary>
    /// Each event fits its entity's history, but together they are not what the shard stored: events of different entities
    /// changed places, or the head was set back together with the tail.
    /// </summary>
    AlteredShard = 9,

    /// <summary>A shard's head is missing.</summary>
    MissingShard = 10,

    /// <summary>A snapshot was taken after an event that is not in the history, or its bytes changed.</summary>
    BadSnapshot = 11,

    /// <summary>The database cannot read the place.</summary>
    Unreadable = 12,

    /// <summary>The events fit each other, but are not those a checkpoint sealed: they were rewritten with all their hashes.</summary>
    NotAsSealed = 13,

    /// <summary>A checkpoint is missing, does not follow from the one before it, or is not signed by a known key.</summary>
    BadCheckpoint = 14,

    /// <summary>A published checkpoint says more than the journal, or other things: the database was put back to an older state.</summary>
    RolledBack = 15,

    /// <summary>A payload is gone, and no shredding of it is on record.</summary>
    UnrecordedShredding = 16,

    /// <summary>A shredding note is missing or not the one a checkpoint sealed.</summary>
    BadShreddingNote = 17,
}

/// <summary>The first bad spot of a journal.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="ShardId">The shard.</param>
/// <param name="Position">The position in the shard.</param>
/// <param name="Entity">The entity; null when the damage hides it.</param>
/// <param name="SequenceNr">The event's sequence number; null when the damage hides it.</param>
/// <param name="Details">What was found and what was expected, for a person.</param>
public sealed record JournalDamage(
    DamageKind Kind, int ShardId, long Position, PersistenceId? Entity, long? SequenceNr, string Details)
{
    /// <summary>The checkpoint that shows it, or is bad itself; null when none has to do with it.</summary>
    public long? Checkpoint { get; init; }

    /// <inheritdoc />
    public override string ToString()
    {
        if (Position == 0 && Checkpoint is { } checkpoint)
        {
            return $"{Kind} at checkpoint {checkpoint}: {Details}";
        }

        var entity = Entity is { } id ? $", {id}" : "";
        var sequence = SequenceNr is { } nr ? $" event {nr}" : "";
        return $"{Kind} in shard {ShardId} at position {Position}{entity}{sequence}: {Details}";
    }
}

/// <summary>The outcome of a verification.</summary>
/// <param name="EventsVerified">How many events were found good, in order of shard and position, before the first bad spot.</param>
/// <param name="EntitiesVerified">How many entities those belong to.</param>
/// <param name="SnapshotsVerified">How many snapshots fit them.</param>
/// <param name="ShreddedPayloads">How many of those events have no payload any more; their hashes hold all the same.</param>
/// <param name="FirstDamage">The first bad spot, or null.</param>
public sealed record VerificationReport(
    long EventsVerified, long EntitiesVerified, long SnapshotsVerified, long ShreddedPayloads, JournalDamage? FirstDamage)
{
    /// <summary>How many checkpoints of the journal hold; 0 when it was verified without them.</summary>
    public long Checkpoints { get; init; }

    /// <summary>How many published copies agree with it.</summary>
    public long Published { get; init; }

    /// <summary>How many events a good checkpoint seals.</summary>
    public long SealedEvents { get; init; }

    /// <summary>Whether nothing bad was found.</summary>
    public bool IsIntact => FirstDamage is null;
}

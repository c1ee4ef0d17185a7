using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Append;

/// <summary>Where an entity's history ends, so that only what continues it is accepted.</summary>
internal sealed class EntityTip(long key, int shardId, long sequenceNr, byte[] hash)
{
    /// <summary>The store's own small number for the entity.</summary>
    public long Key { get; } = key;

    /// <summary>The shard that holds the entity, for ever.</summary>
    public int ShardId { get; } = shardId;

    /// <summary>The last sequence number, 0 before the first event.</summary>
    public long SequenceNr { get; private set; } = sequenceNr;

    /// <summary>The chain hash up to there.</summary>
    public byte[] Hash { get; private set; } = hash;

    /// <summary>Moves the tip, or refuses an event that does not continue the history.</summary>
    public void Advance(JournalEvent next, int shardId)
    {
        RequireShard(next.Id, shardId);
        if (next.SequenceNr != SequenceNr + 1)
        {
            throw Broken($"{next.Id} is at sequence number {SequenceNr}, the append wants to store {next.SequenceNr}.");
        }

        var hash = HashChain.Next(Hash, next.Id, next.SequenceNr, next.Epoch, next.TypeId, next.TypeVersion, next.At,
            next.Meta, next.PayloadHash);
        if (!hash.AsSpan().SequenceEqual(next.Hash))
        {
            throw Broken($"The hash of event {next.SequenceNr} of {next.Id} does not follow from the event stored before it.");
        }

        SequenceNr = next.SequenceNr;
        Hash = hash;
    }

    /// <summary>Refuses an entity that would live in two shards.</summary>
    public void RequireShard(PersistenceId id, int shardId)
    {
        if (shardId != ShardId)
        {
            throw Broken($"{id} lives in shard {ShardId}, the append names shard {shardId}.");
        }
    }

    private static JournalException Broken(string what) => new(
        JournalErrorCodes.BrokenHistory, what + " Nothing of the call was stored; recover the entity and decide again.",
        isTransient: false, outcomeUnknown: false);
}

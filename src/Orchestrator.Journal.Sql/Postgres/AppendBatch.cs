using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The rows of one append, column by column, as the statement takes them.</summary>
internal sealed class AppendBatch
{
    public List<(int Shard, long Epoch, long Head, int Count, byte[] Chain)> Wants { get; } = [];

    public List<(long Key, int Shard, PersistenceId Id)> NewEntities { get; } = [];

    public List<(int Shard, long Position, long Entity, long Link, JournalEvent Event)> Events { get; } = [];

    /// <summary>The last change of each reminder: a statement changes a row once only.</summary>
    public Dictionary<(long Entity, string Name), (int Shard, JournalReminder? Reminder)> Reminders { get; } = [];

    /// <summary>Adds a shard's part, and moves the memory to where it will be once it is stored.</summary>
    /// <exception cref="JournalException">An event does not continue its entity's history.</exception>
    public void Add(ShardAppend append, ShardMemory shard, EntityKeys keys)
    {
        foreach (var stored in append.Events)
        {
            var tip = FindOrAdd(shard, stored.Id, keys);
            tip.Advance(stored, append.ShardId);
            shard.Advance(stored.Hash);
            Events.Add((append.ShardId, shard.Head, tip.Key, ShardChain.Link(shard.Chain), stored));
        }

        foreach (var change in append.Reminders)
        {
            Add(change, shard, keys);
        }

        Wants.Add((append.ShardId, append.Epoch, append.ExpectedHead, append.Events.Count, shard.Chain));
    }

    private void Add(ReminderChange change, ShardMemory shard, EntityKeys keys)
    {
        if (change.Reminder is null && shard.Find(change.Id) is null)
        {
            return; // The store does not know the entity: it has no reminders.
        }

        var tip = FindOrAdd(shard, change.Id, keys);
        tip.RequireShard(change.Id, shard.ShardId);
        Reminders[(tip.Key, change.Name)] = (shard.ShardId, change.Reminder);
    }

    private EntityTip FindOrAdd(ShardMemory shard, PersistenceId id, EntityKeys keys)
    {
        if (shard.Find(id) is { } known)
        {
            return known;
        }

        var tip = new EntityTip(keys.Take(), shard.ShardId, 0, HashChain.Genesis(id));
        shard.Remember(id, tip);
        NewEntities.Add((tip.Key, shard.ShardId, id));
        return tip;
    }
}

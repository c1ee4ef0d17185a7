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

    /// <summary>Messages, each at the position of its event.</summary>
    public List<(int Shard, long Position, OutboxMessage Message)> Outbox { get; } = [];

    /// <summary>The highest mark of each receiver and sender.</summary>
    public Dictionary<(long Entity, PersistenceId From), (int Shard, InboxMark Mark)> Inbox { get; } = [];

    /// <summary>Whether there is nothing but events of entities the store knows.</summary>
    public bool IsEventsOnly => NewEntities.Count + Reminders.Count + Outbox.Count + Inbox.Count == 0;

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

        Send(append);
        foreach (var mark in append.Inbox)
        {
            Add(mark, shard, keys);
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

    private void Send(ShardAppend append)
    {
        if (append.Outbox.Count == 0)
        {
            return;
        }

        var positions = new Dictionary<(PersistenceId, long), long>();
        for (var i = 0; i < append.Events.Count; i++)
        {
            positions[(append.Events[i].Id, append.Events[i].SequenceNr)] = append.ExpectedHead + 1 + i;
        }

        foreach (var message in append.Outbox)
        {
            Outbox.Add((append.ShardId, positions[(message.From, message.SequenceNr)], message));
        }
    }

    private void Add(InboxMark mark, ShardMemory shard, EntityKeys keys)
    {
        var tip = FindOrAdd(shard, mark.To, keys);
        tip.RequireShard(mark.To, shard.ShardId);
        if (!Inbox.TryGetValue((tip.Key, mark.From), out var known)
            || (mark.SequenceNr, mark.Ordinal).CompareTo((known.Mark.SequenceNr, known.Mark.Ordinal)) > 0)
        {
            Inbox[(tip.Key, mark.From)] = (shard.ShardId, mark);
        }
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

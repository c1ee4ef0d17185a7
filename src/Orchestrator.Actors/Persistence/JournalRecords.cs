namespace Orchestrator.Actors.Persistence;

/// <summary>One stored event, exactly as its hash covers it.</summary>
/// <param name="Id">The entity whose history this event continues.</param>
/// <param name="SequenceNr">1 for the first event of the entity, then consecutive.</param>
/// <param name="Epoch">The shard epoch of the writer; never decreases within a shard.</param>
/// <param name="TypeId">The stable number of the event type; never a CLR name.</param>
/// <param name="TypeVersion">The version of the event's schema, from 1.</param>
/// <param name="At">The writer's time, in UTC.</param>
/// <param name="Meta">Who and why: causation, operation id, caller (MessagePack).</param>
/// <param name="Payload">The event body (MessagePack); null once shredded, the chain stays valid.</param>
/// <param name="PayloadHash">SHA-256 of the payload.</param>
/// <param name="Hash">The entity's hash chain up to and including this event, see <see cref="HashChain"/>.</param>
public sealed record JournalEvent(
    PersistenceId Id,
    long SequenceNr,
    long Epoch,
    int TypeId,
    short TypeVersion,
    DateTimeOffset At,
    byte[] Meta,
    byte[]? Payload,
    byte[] PayloadHash,
    byte[] Hash)
{
    /// <summary>The dense, commit-ordered position within the shard, from 1; 0 before the append.</summary>
    public long Position { get; init; }
}

/// <summary>The state of an entity after <paramref name="SequenceNr"/>, kept to shorten recovery.</summary>
/// <param name="Id">The entity.</param>
/// <param name="SequenceNr">The last event folded into the state.</param>
/// <param name="Schema">The version of the state's schema; a reader that does not know it replays instead.</param>
/// <param name="EventHash">The chain hash of that last event: a snapshot of another history is not used.</param>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Payload">The state (MessagePack).</param>
public sealed record JournalSnapshot(
    PersistenceId Id, long SequenceNr, int Schema, byte[] EventHash, DateTimeOffset At, byte[] Payload);

/// <summary>A durable reminder: a message to an entity at an absolute time, surviving every restart.</summary>
/// <param name="Id">The entity to wake.</param>
/// <param name="Name">Unique within the entity; setting it again replaces it.</param>
/// <param name="Generation">Chosen by the entity; a firing whose generation is no longer current is ignored.</param>
/// <param name="DueAt">When to fire, UTC. A missed one fires once, at once.</param>
/// <param name="Payload">Handed back on firing.</param>
public sealed record JournalReminder(
    PersistenceId Id, string Name, long Generation, DateTimeOffset DueAt, byte[] Payload);

/// <summary>A change of one reminder, written in the same append as the events that cause it.</summary>
/// <param name="Id">The entity.</param>
/// <param name="Name">The reminder's name.</param>
/// <param name="Reminder">The new reminder, or null to clear it.</param>
public sealed record ReminderChange(PersistenceId Id, string Name, JournalReminder? Reminder);

/// <summary>What one writer wants to add to one shard, all or nothing.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Epoch">The epoch under which the writer owns the shard.</param>
/// <param name="ExpectedHead">The last position the writer knows; the append is a compare-and-swap on (epoch, head).</param>
/// <param name="Events">In order; event i gets position <c>ExpectedHead + 1 + i</c>.</param>
/// <param name="Reminders">Reminder changes, applied in order.</param>
public sealed record ShardAppend(
    int ShardId, long Epoch, long ExpectedHead, IReadOnlyList<JournalEvent> Events, IReadOnlyList<ReminderChange> Reminders)
{
    /// <summary>Messages that <see cref="Events"/> send: each names an event of this append as its cause.</summary>
    public IReadOnlyList<OutboxMessage> Outbox { get; init; } = [];

    /// <summary>Messages that entities of this shard have handled with this append.</summary>
    public IReadOnlyList<InboxMark> Inbox { get; init; } = [];
}

/// <summary>The right to append to a shard.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Epoch">The fencing epoch of this grant.</param>
/// <param name="Head">The last position stored.</param>
public sealed record ShardGrant(int ShardId, long Epoch, long Head);

/// <summary>How one shard of an append ended.</summary>
public enum AppendOutcome
{
    /// <summary>All events and reminder changes of the shard are durable.</summary>
    Stored = 1,

    /// <summary>Another writer owns the shard now; nothing of it was written.</summary>
    Fenced = 2,
}

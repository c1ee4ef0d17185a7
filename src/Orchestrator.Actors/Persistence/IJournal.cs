namespace Orchestrator.Actors.Persistence;

/// <summary>The append-only store of events, snapshots, reminders and messages, fenced per shard.</summary>
/// <remarks>
/// One <see cref="AppendAsync"/> is in flight at a time per journal: the journal writer groups what many actors want
/// into one call (group commit). Reads may run at any time beside it. An implementation passes the journal contract suite.
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>How many shards the store was created with; fixed for its life.</summary>
    int ShardCount { get; }

    /// <summary>Takes the shards over: raises each one's epoch, so that an earlier owner is fenced.</summary>
    /// <returns>One grant per shard, in the order asked.</returns>
    ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation);

    /// <summary>Appends to one or more shards; each shard is stored whole or not at all.</summary>
    /// <returns>One outcome per element, in order; when the task completes, what is <c>Stored</c> is durable.</returns>
    /// <exception cref="JournalException">
    /// The store failed. <see cref="JournalException.OutcomeUnknown"/> tells whether the events may have been stored:
    /// the caller then reads the head again before it retries.
    /// </exception>
    ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<ShardAppend> appends, CancellationToken cancellation);

    /// <summary>Reads one entity's events with <c>fromSequence &lt;= SequenceNr</c>, in order, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation);

    /// <summary>Reads one shard's events with <c>Position &gt; afterPosition</c>, in order, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation);

    /// <summary>Lists the entities of a kind (all kinds when null), ordered by kind and name (ordinal).</summary>
    ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation);

    /// <summary>The newest snapshot with <c>SequenceNr &lt;= maxSequence</c>, or null.</summary>
    ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation);

    /// <summary>Stores a snapshot and drops the entity's older ones but one.</summary>
    ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation);

    /// <summary>Reminders of the given shards due at or before <paramref name="dueBefore"/>, earliest first, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation);

    /// <summary>Messages that wait to be delivered, in the order of (shard, position, ordinal).</summary>
    ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation);

    /// <summary>Removes delivered messages; one that is not stored is passed over. May run beside an append.</summary>
    /// <remarks>Not fenced: that a receiver has handled a message stays true, whoever owns the sender's shard.</remarks>
    ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation);

    /// <summary>What an entity has handled, one mark per sender, in no particular order.</summary>
    ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation);

    /// <summary>The current (epoch, head) of a shard, to resolve an unknown outcome.</summary>
    ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation);
}

/// <summary>The journal could not do what was asked.</summary>
public sealed class JournalException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">The stable code, ORC4xxx.</param>
    /// <param name="message">What happened, to what, and what to do about it.</param>
    /// <param name="isTransient">Whether the same call may succeed later.</param>
    /// <param name="outcomeUnknown">Whether the write may have been stored all the same.</param>
    /// <param name="inner">The cause.</param>
    public JournalException(string code, string message, bool isTransient, bool outcomeUnknown, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
        OutcomeUnknown = outcomeUnknown;
    }

    /// <summary>The stable code, ORC4xxx.</summary>
    public string Code { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; }

    /// <summary>Whether the write may have been stored all the same.</summary>
    public bool OutcomeUnknown { get; }
}

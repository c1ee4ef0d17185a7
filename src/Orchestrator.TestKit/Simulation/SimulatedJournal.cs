using Orchestrator.Actors.Persistence;

namespace Orchestrator.TestKit.Simulation;

/// <summary>A node's connection to the journal of its world: every call travels there and back.</summary>
/// <remarks>
/// What a node had sent when it died may still arrive. A call without an answer fails after <see cref="Patience"/> with an unknown
/// outcome; it may take effect even later. <see cref="FailNext"/> makes appends of this node go wrong at the journal.
/// </remarks>
public sealed class SimulatedJournal : IJournal
{
    private readonly WorldNode _node;
    private readonly WorldNetwork _network;
    private readonly InMemoryJournal _journal;

    internal SimulatedJournal(WorldNode node, SimulatedWorld world)
    {
        _node = node;
        _network = world.Network;
        _journal = world.Journal.Reopen();
    }

    /// <summary>How long a call waits for its answer, on the node's clock.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public int ShardCount => _journal.ShardCount;

    /// <inheritdoc cref="InMemoryJournal.FailNext" />
    public void FailNext(params ReadOnlySpan<JournalFault> faults) => _journal.FailNext(faults);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation) =>
        CallAsync(() => _journal.AcquireAsync(shards, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<ShardAppend> appends, CancellationToken cancellation) =>
        CallAsync(() => _journal.AppendAsync(appends, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadEntityAsync(id, fromSequence, limit, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadShardAsync(shardId, afterPosition, limit, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation) =>
        CallAsync(() => _journal.ListEntitiesAsync(kind, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation) =>
        CallAsync(() => _journal.LoadSnapshotAsync(id, maxSequence, CancellationToken.None));

    /// <inheritdoc />
    public async ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation) => await CallAsync(async () =>
    {
        await _journal.SaveSnapshotAsync(snapshot, CancellationToken.None);
        return true;
    });

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadRemindersAsync(shards, dueBefore, limit, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadOutboxAsync(query, CancellationToken.None));

    /// <inheritdoc />
    public async ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation) => await CallAsync(async () =>
    {
        await _journal.RemoveOutboxAsync(delivered, CancellationToken.None);
        return true;
    });

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadInboxAsync(to, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation) =>
        CallAsync(() => _journal.ReadShardHeadAsync(shardId, CancellationToken.None));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => default;

    private async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call) =>
        await _network.AskAsync(_node, SimulatedWorld.JournalPlace, call, Patience, static () =>
            new JournalException("ORC4013", "The connection to the journal was lost.", isTransient: true, outcomeUnknown: true));
}

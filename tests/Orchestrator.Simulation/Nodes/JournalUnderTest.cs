using Orchestrator.Actors.Persistence;

namespace Orchestrator.Simulation.Nodes;

/// <summary>A journal as a node sees it, with a bug on purpose if one is asked for.</summary>
internal sealed class JournalUnderTest(IJournal inner, Defect defect) : IJournal
{
    public int ShardCount => inner.ShardCount;

    public ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation) =>
        inner.AcquireAsync(shards, cancellation);

    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        if (defect == Defect.DroppedReminders)
            appends = [.. appends.Select(append => append with { Reminders = [] })];

        try
        {
            return await inner.AppendAsync(appends, cancellation);
        }
        catch (JournalException) when (defect == Defect.SwallowedFlush)
        {
            return [.. appends.Select(_ => AppendOutcome.Stored)];
        }
    }

    public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(PersistenceId id, long fromSequence, int limit, CancellationToken cancellation) =>
        inner.ReadEntityAsync(id, fromSequence, limit, cancellation);

    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(int shardId, long afterPosition, int limit, CancellationToken cancellation) =>
        inner.ReadShardAsync(shardId, afterPosition, limit, cancellation);

    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation) =>
        inner.ListEntitiesAsync(kind, cancellation);

    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation) =>
        inner.LoadSnapshotAsync(id, maxSequence, cancellation);

    public ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation) => inner.SaveSnapshotAsync(snapshot, cancellation);

    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation) =>
        inner.ReadRemindersAsync(shards, dueBefore, limit, cancellation);

    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation) =>
        inner.ReadOutboxAsync(query, cancellation);

    public ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation) =>
        inner.RemoveOutboxAsync(delivered, cancellation);

    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation) =>
        inner.ReadInboxAsync(to, cancellation);

    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation) => inner.ReadShardHeadAsync(shardId, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

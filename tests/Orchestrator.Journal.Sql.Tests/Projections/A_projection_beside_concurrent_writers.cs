using System.Collections.Concurrent;
using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Actors.Sharding;
using Orchestrator.Journal.Sql.Projections;
using Orchestrator.Journal.Sql.Tests.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <summary>Many writers, many shards, one tail: what a tail over a global sequence loses, a tail per shard does not.</summary>
/// <remarks>Positions are given out under the shard's lock, so they appear in commit order and without gaps.</remarks>
public sealed class A_projection_beside_concurrent_writers : IDisposable
{
    private const int Shards = 16;
    private const int Writers = 8;
    private const int EntitiesPerWriter = 25;
    private const int EventsPerEntity = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly JournalDirectory _directory = new();
    private readonly ConcurrentQueue<KernelEvent> _events = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Misses_no_event_and_counts_none_twice_on_SQLite()
    {
        await using var journal = await _directory.OpenAsync(Shards);
        await using var store = await SqliteProjectionStore.OpenAsync(Path.Combine(_directory.Root, "projections.db"));
        await MissesNoEventAsync(journal, store);
    }

    [Fact]
    public async Task Misses_no_event_and_counts_none_twice_on_PostgreSQL()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var journal = await database.OpenJournalAsync(Shards);
        await using var store = await PostgresProjectionStore.OpenAsync(PostgresJournals.Options(database.ConnectionString));
        await MissesNoEventAsync(journal, store);
    }

    private async Task MissesNoEventAsync(IJournal journal, IProjectionStore store)
    {
        await using var system = SystemOver(journal, store, out var region, out var runner);
        await system.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(region, writer)));

        for (var shard = 0; shard < Shards; shard++)
        {
            (await runner.WaitUntilCurrentAsync("tally", shard, Patience)).Should().BeTrue("shard {0}; reported: {1}", shard, string.Join("; ", _events));
        }

        var tallies = await store.ReadAsync("tally", new RowQuery("entity/", 10_000), CancellationToken.None);
        tallies.Should().HaveCount(Writers * EntitiesPerWriter).And.OnlyContain(row => Tally.Number(row.Value) == EventsPerEntity);
        var positions = await store.ReadAsync("tally", new RowQuery("shard/", Shards), CancellationToken.None);
        positions.Sum(row => Tally.Number(row.Value)).Should().Be(Writers * EntitiesPerWriter * EventsPerEntity);
        _events.Should().BeEmpty();
    }

    [Fact]
    public async Task Notices_a_position_that_is_skipped_rather_than_going_on_behind_it()
    {
        await using var journal = await _directory.OpenAsync(1);
        await using var store = new MemoryProjectionStore();
        var skipping = new SkippingJournal(journal);
        var reported = new TaskCompletionSource<KernelEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var system = SystemOver(skipping, store, out var region, out _, reported.TrySetResult);
        await system.StartAsync();
        for (var i = 0; i < 3; i++) await region.Ask<long>("one", true, Patience);

        var failed = (await reported.Task.WaitAsync(Patience)).Should().BeOfType<KernelEvent.ProjectionFailed>().Which;

        failed.Error.Should().BeOfType<JournalException>().Which.Code.Should().Be(ActorErrorCodes.HistoryGap);
        Tally.Number(await store.FindAsync("tally", "entity/one", CancellationToken.None)).Should().BeLessThan(2);
    }

    private ActorSystem SystemOver(
        IJournal journal, IProjectionStore store, out ShardRegion<bool> region, out ProjectionRunner runner, Func<KernelEvent, bool>? report = null)
    {
        var system = new ActorSystem(new ActorSystemOptions
        {
            Time = TimeProvider.System, Random = new Random(1), Journal = journal,
            OnEvent = value =>
            {
                _events.Enqueue(value);
                report?.Invoke(value);
            },
        });
        region = system.AddRegion(new EntityDefinition<long, bool, byte[]>
        {
            Kind = 1, KindName = "counter", Create = _ => new Counter(), Events = new Bytes(),
        });
        runner = system.AddProjections(store, [new Tally()]);
        return system;
    }

    private static Task WriteAsync(ShardRegion<bool> region, int writer) => Task.WhenAll(
        Enumerable.Range(0, EntitiesPerWriter).Select(async entity =>
        {
            for (var i = 0; i < EventsPerEntity; i++) await region.Ask<long>($"{writer}-{entity}", true, Patience);
        }));

    /// <summary>Hides position 2 for ever, as a reader does that sees a later commit before an earlier one.</summary>
    private sealed class SkippingJournal(IJournal inner) : IJournal
    {
        public int ShardCount => inner.ShardCount;

        public ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation) =>
            inner.AcquireAsync(shards, cancellation);

        public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<ShardAppend> appends, CancellationToken cancellation) =>
            inner.AppendAsync(appends, cancellation);

        public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(PersistenceId id, long fromSequence, int limit, CancellationToken cancellation) =>
            inner.ReadEntityAsync(id, fromSequence, limit, cancellation);

        public async ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(int shardId, long afterPosition, int limit, CancellationToken cancellation) =>
            [.. (await inner.ReadShardAsync(shardId, afterPosition, limit, cancellation)).Where(stored => stored.Position != 2)];

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

        public ValueTask DisposeAsync() => default;
    }
}

using System.Buffers.Binary;
using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Projections;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>Events brought into a read model, as when it is built anew; against reading the journal alone.</summary>
internal static class ProjectionSection
{
    private const int EventsPerShard = 5000;
    private const int EntitiesPerShard = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var scratch = Scratch.OnDisk();
        await using var journal = await SqliteJournal.OpenAsync(scratch.Fresh("journal"), JournalSection.Shards, TimeProvider.System);
        await FillAsync(journal);
        var series = await Rounds.MeasureAsync(
            settings,
            Contender.Of("SQLite", async () =>
            {
                await using var store = await SqliteProjectionStore.OpenAsync(scratch.Fresh("rows"));
                return await ProjectAsync(journal, store);
            }),
            Contender.Of("memory", async () =>
            {
                await using var store = new MemoryProjectionStore();
                return await ProjectAsync(journal, store);
            }),
            Contender.Of("reading", () => ReadAsync(journal)));
        var (sqlite, memory, reading) = (series[0][0], series[1][0], series[2][0]);
        report.Table(
            $"projections: {JournalSection.PayloadBytes} B events of {JournalSection.Shards} shards in a SQLite journal, one row changed by each",
            ["", "rows in SQLite", "rows in memory", "reading alone", "SQLite/reading", "spread"],
            [["events/s", Report.Number(sqlite.Median), Report.Number(memory.Median), Report.Number(reading.Median),
                Report.Ratio(sqlite.Median / reading.Median), Report.Spread(sqlite, memory, reading)]]);
    }

    private static async Task FillAsync(SqliteJournal journal)
    {
        var grants = await journal.AcquireAsync([.. Enumerable.Range(0, JournalSection.Shards)], CancellationToken.None);
        foreach (var grant in grants)
        {
            var events = new List<JournalEvent>();
            for (var entity = 0; entity < EntitiesPerShard; entity++)
            {
                AddHistory(events, new PersistenceId(1, $"entity-{grant.ShardId}-{entity}"), grant.Epoch);
            }

            await journal.AppendAsync([new ShardAppend(grant.ShardId, grant.Epoch, grant.Head, events, [])], CancellationToken.None);
        }
    }

    private static void AddHistory(List<JournalEvent> events, PersistenceId id, long epoch)
    {
        var (hash, payload, at) = (HashChain.Genesis(id), new byte[JournalSection.PayloadBytes], DateTimeOffset.UnixEpoch);
        var payloadHash = HashChain.HashPayload(payload);
        for (var number = 1; number <= EventsPerShard / EntitiesPerShard; number++)
        {
            hash = HashChain.Next(hash, id, number, epoch, 1, 1, at, [], payloadHash);
            events.Add(new JournalEvent(id, number, epoch, 1, 1, at, [], payload, payloadHash, hash));
        }
    }

    private static async Task<double> ProjectAsync(SqliteJournal journal, IProjectionStore store)
    {
        await using var system = new ActorSystem(new ActorSystemOptions { Time = TimeProvider.System, Random = new Random(1), Journal = journal });
        var runner = system.AddProjections(store, [new Counts()]);
        var start = TimeProvider.System.GetTimestamp();
        await system.StartAsync();
        for (var shard = 0; shard < JournalSection.Shards; shard++)
        {
            if (!await runner.WaitUntilCurrentAsync("counts", shard, Patience)) throw new BenchException($"Shard {shard} was not projected in time.");
        }

        return EventsPerShard * JournalSection.Shards / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> ReadAsync(SqliteJournal journal)
    {
        var (start, read) = (TimeProvider.System.GetTimestamp(), 0);
        for (var shard = 0; shard < JournalSection.Shards; shard++)
        {
            IReadOnlyList<JournalEvent> page = [];
            do
            {
                page = await journal.ReadShardAsync(shard, page is [.., var last] ? last.Position : 0, new ProjectionOptions().PageSize, CancellationToken.None);
                read += page.Count;
            }
            while (page.Count > 0);
        }

        return read / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>How many events each entity has.</summary>
    private sealed class Counts : Projection
    {
        public override ProjectionId Id { get; } = new("counts", 1);

        public override IReadOnlyList<string> Reads(ProjectedEvent @event) => [@event.Stored.Id.Name];

        public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
        {
            var row = new byte[100];
            BinaryPrimitives.WriteInt64BigEndian(row, 1 + (rows(@event.Stored.Id.Name) is { } known ? BinaryPrimitives.ReadInt64BigEndian(known) : 0));
            return [RowChange.Upsert(@event.Stored.Id.Name, row)];
        }
    }
}

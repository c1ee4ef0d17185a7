using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>Events stored in PostgreSQL: through the actors, by the journal alone, and by bare inserts of as many rows.</summary>
internal static class PostgresSection
{
    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var cluster = await StartAsync();
        var rows = new List<string[]>();
        foreach (var batch in new[] { 1, 10, 100, 1000 })
        {
            var series = await Rounds.MeasureAsync(
                settings,
                Contender.Of("actors", () => InDatabaseAsync(cluster, database =>
                    JournalSection.MeasureAsync(async () => await OpenAsync(database), batch, settings.Window))),
                Contender.Of("append", () => InDatabaseAsync(cluster, database => AppendAsync(database, batch, settings.Window))),
                Contender.Of("bare", () => InDatabaseAsync(cluster, database => BareUnnest.MeasureAsync(database, batch, settings.Window))));
            var (actors, append, bare) = (series[0][0], series[1][0], series[2][0]);
            rows.Add([$"{batch} outstanding, events/s", Report.Number(actors.Median), Report.Number(append.Median), Report.Number(bare.Median),
                Report.Ratio(append.Median / bare.Median), Report.Ratio(actors.Median / bare.Median), Report.Spread(actors, append, bare)]);
        }

        report.Table(
            $"postgres: {JournalSection.PayloadBytes} B events, loopback, fsync and checksums on; bare: one prepared INSERT ... unnest without fence",
            ["", "actors", "append", "bare unnest", "append/bare", "actors/bare", "spread"], rows);
    }

    public static Task<PostgresJournal> OpenAsync(PostgresDatabase database) => PostgresJournal.OpenAsync(
        new PostgresJournalOptions { ConnectionString = database.ConnectionString }, JournalSection.Shards, TimeProvider.System);

    private static async Task<PostgresCluster> StartAsync()
    {
        try
        {
            return await PostgresCluster.CreateAsync("shared_buffers = 512MB");
        }
        catch (InvalidOperationException error)
        {
            throw new BenchException(error.Message);
        }
    }

    private static async Task<double> InDatabaseAsync(PostgresCluster cluster, Func<PostgresDatabase, Task<double>> measure)
    {
        await using var database = await cluster.CreateDatabaseAsync();
        return await measure(database);
    }

    /// <summary>The journal's append, one event of each entity at a time, entities spread over the shards.</summary>
    private static async Task<double> AppendAsync(PostgresDatabase database, int batch, TimeSpan window)
    {
        await using var journal = await OpenAsync(database);
        var grants = await journal.AcquireAsync([.. Enumerable.Range(0, JournalSection.Shards)], CancellationToken.None);
        var heads = grants.ToDictionary(static grant => grant.ShardId, static grant => grant.Head);
        var payload = new byte[JournalSection.PayloadBytes];
        var payloadHash = HashChain.HashPayload(payload);
        var chains = Enumerable.Range(0, batch).Select(static i => new PersistenceId(1, $"writer-{i}"))
            .ToDictionary(static id => id, static id => (Sequence: 0L, Hash: HashChain.Genesis(id)));
        return await Rounds.RateAsync(window, batch, async () =>
        {
            var byShard = chains.Keys.Select(Next).GroupBy(static e => ShardHash.ShardOf(e.Id.Name, JournalSection.Shards)).ToList();
            var appends = byShard.Select(shard => new ShardAppend(shard.Key, 1, heads[shard.Key], [.. shard], [])).ToList();
            if ((await journal.AppendAsync(appends, CancellationToken.None)).Any(static outcome => outcome != AppendOutcome.Stored))
            {
                throw new BenchException("An append was not stored.");
            }

            appends.ForEach(append => heads[append.ShardId] += append.Events.Count);
        });

        JournalEvent Next(PersistenceId id)
        {
            var (sequence, hash) = chains[id];
            var at = TimeProvider.System.GetUtcNow();
            var next = HashChain.Next(hash, id, sequence + 1, 1, 1, 1, at, [], payloadHash);
            chains[id] = (sequence + 1, next);
            return new JournalEvent(id, sequence + 1, 1, 1, 1, at, [], payload, payloadHash, next);
        }
    }
}

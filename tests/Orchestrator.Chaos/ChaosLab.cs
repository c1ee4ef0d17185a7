using System.Diagnostics;
using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Chaos;

/// <summary>A PostgreSQL, node processes on it, what they acknowledged, and the proof at the end.</summary>
internal sealed class ChaosLab : IAsyncDisposable
{
    public const int Shards = 256;
    public const string Loopback = "127.0.0.1";
    private static readonly TimeSpan OwnedWithin = TimeSpan.FromSeconds(20);

    private readonly ChaosPlan _plan;
    private readonly string _certificates = Directory.CreateTempSubdirectory("orchestrator-chaos-").FullName;
    private readonly string _database;
    private readonly PostgresDatabase _tables;

    private ChaosLab(ChaosPlan plan, PostgresCluster server, PostgresDatabase tables, string host)
    {
        (_plan, Server, _tables) = (plan, server, tables);
        _database = new NpgsqlConnectionStringBuilder(tables.ConnectionString) { Host = host }.ConnectionString;
        Acknowledgements = new Acknowledgements(plan.IsVerbose);
    }

    public PostgresCluster Server { get; }

    public Dictionary<string, NodeProcess> Nodes { get; } = [];

    public Acknowledgements Acknowledgements { get; }

    /// <summary>What went wrong; empty in the end when all is well.</summary>
    public List<string> Failures { get; } = [];

    /// <param name="plan">How much is done.</param>
    /// <param name="host">The address the nodes reach the server at.</param>
    /// <param name="nodes">The nodes there will be.</param>
    public static async Task<ChaosLab> CreateAsync(ChaosPlan plan, string host, params IEnumerable<string> nodes)
    {
        var server = await PostgresCluster.CreateAsync("max_connections = 100", $"listen_addresses = '{host}{(host == Loopback ? "" : $",{Loopback}")}'");
        var lab = new ChaosLab(plan, server, await server.CreateDatabaseAsync(), host);
        TestCertificates.Write(lab._certificates, nodes);
        return lab;
    }

    public async Task StartAsync(string name, string address = Loopback, params string[] wrapper) => Nodes[name] = await NodeProcess.StartAsync(
        new NodeArguments(name, _database, Shards, address, _certificates, _plan.Entities, _plan.CommandsPerSecond),
        Acknowledgements, wrapper);

    public async Task CheckedAsync(string name, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception error) when (error is InvalidOperationException or NpgsqlException or TimeoutException)
        {
            Failures.Add($"{name}: {error.Message}");
        }
    }

    /// <summary>Lets the load go on for a while and checks that commands are acknowledged.</summary>
    public async Task LoadedAsync(TimeSpan time)
    {
        var before = Acknowledgements.Count;
        await Task.Delay(time, TimeProvider.System);
        var rate = (Acknowledgements.Count - before) / time.TotalSeconds;
        Say($"  {rate:0} acknowledged a second");
        if (rate == 0)
            Failures.Add("no command was acknowledged although all is well");
    }

    /// <summary>Waits until a node has a part of the shards: a fault that hits nothing shows nothing.</summary>
    public async Task SharesAsync(string node)
    {
        var clock = Stopwatch.StartNew();
        while (await SharesOfAsync(node) < Shards / 16)
        {
            if (clock.Elapsed > 3 * OwnedWithin)
            {
                Failures.Add($"{node} has not got its part of the shards within {clock.Elapsed.TotalSeconds:0} s");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private Task<long> SharesOfAsync(string node) => _tables.ScalarAsync<long>($"""
        SELECT count(*) FROM orchestrator.shard s JOIN orchestrator.node n ON n.node_id = s.owner WHERE n.name = '{node}' AND n.state <> 3
        """);

    /// <summary>Waits until every shard is owned by a live node.</summary>
    public async Task OwnedAsync(string after, string? except = null)
    {
        var clock = Stopwatch.StartNew();
        while (await OrphansAsync(except) is > 0 and var orphans)
        {
            if (clock.Elapsed > 3 * OwnedWithin)
            {
                Failures.Add($"{after}: {orphans} shards have no owner after {clock.Elapsed.TotalSeconds:0} s");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Say($"  all shards owned after {clock.Elapsed.TotalSeconds:0.0} s");
        if (clock.Elapsed > OwnedWithin)
            Failures.Add($"{after}: the shards were owned again after {clock.Elapsed.TotalSeconds:0.0} s only, {OwnedWithin.TotalSeconds:0} s are allowed");
    }

    private async Task<long> OrphansAsync(string? except)
    {
        try
        {
            return await _tables.ScalarAsync<long>($"""
                SELECT count(*) FROM orchestrator.shard s WHERE s.state <> 1 OR NOT EXISTS (
                  SELECT 1 FROM orchestrator.node n WHERE n.node_id = s.owner AND n.state <> 3 AND n.lease_until > clock_timestamp() AND n.name <> '{except}')
                """);
        }
        catch (NpgsqlException)
        {
            return Shards; // The server is away; so is everything else.
        }
    }

    public async Task VerifyAsync()
    {
        var stored = await StoredAsync();
        var lost = Acknowledgements.Done.Where(done => stored.GetValueOrDefault(done) == 0).Take(5).ToList();
        if (lost.Count > 0)
            Failures.Add($"acknowledged and lost, for instance: {string.Join(", ", lost)}");

        var twice = stored.Where(entry => entry.Value > 1).Select(entry => entry.Key).Take(5).ToList();
        if (twice.Count > 0)
            Failures.Add($"stored twice, for instance: {string.Join(", ", twice)}");

        Say($"{stored.Values.Sum()} events stored, {stored.Count - Acknowledgements.Done.Count} of them without an answer that arrived");
        await NoneAsync("positions with gaps", """
            SELECT count(*) FROM (SELECT shard_id, count(*) c, max(position) m FROM orchestrator.journal GROUP BY 1) s WHERE c <> m
            """);
        await NoneAsync("events of an old epoch after a newer one", """
            SELECT count(*) FROM (SELECT epoch, lag(epoch) OVER (PARTITION BY shard_id ORDER BY position) before FROM orchestrator.journal) e
            WHERE epoch < before
            """);
        await VerifyChainsAsync();
    }

    private async Task NoneAsync(string what, string sql)
    {
        var count = await _tables.ScalarAsync<long>(sql);
        if (count > 0)
            Failures.Add($"{count} {what}");
    }

    private async Task VerifyChainsAsync()
    {
        var options = new PostgresJournalOptions { ConnectionString = _tables.ConnectionString };
        await using var journal = await PostgresJournal.OpenAsync(options, Shards, TimeProvider.System);
        var (entities, events) = (0, 0);
        foreach (var id in await journal.ListEntitiesAsync(Counter.Kind, CancellationToken.None))
        {
            var hash = HashChain.Genesis(id);
            var history = await journal.ReadEntityAsync(id, 1, int.MaxValue, CancellationToken.None);
            for (var i = 0; i < history.Count; i++)
            {
                if (history[i].SequenceNr != i + 1 || !HashChain.Follows(hash, history[i]))
                {
                    Failures.Add($"the chain of {id} breaks at {i + 1}");
                    return;
                }

                hash = history[i].Hash;
            }

            entities++;
            events += history.Count;
        }

        Say($"{events} events of {entities} entities in their hash chains");
    }

    private async Task<Dictionary<(string, string), int>> StoredAsync()
    {
        var stored = new Dictionary<(string, string), int>();
        await using var connection = await _tables.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT e.name, convert_from(j.payload, 'UTF8') FROM orchestrator.journal j JOIN orchestrator.entity e ON e.id = j.entity", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var key = (reader.GetString(0), reader.GetString(1));
            stored[key] = stored.GetValueOrDefault(key) + 1;
        }

        return stored;
    }

    public async Task ExecuteAsync(string sql)
    {
        try
        {
            await _tables.ExecuteAsync(sql);
        }
        catch (NpgsqlException)
        {
            // The statement may have ended its own connection.
        }
    }

    public static void Say(string line) => Console.WriteLine(line);

    /// <summary>Prints what came of it.</summary>
    public bool Sum()
    {
        Say($"{Acknowledgements.Count} commands acknowledged; answered within {Acknowledgements.Percentile(0.5)} ms (median), "
            + $"{Acknowledgements.Percentile(0.99)} ms (99 %); not answered: {Acknowledgements.Unanswered}");
        Failures.ForEach(failure => Console.WriteLine($"FAILED: {failure}"));
        return Failures.Count == 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes.Values.Where(node => !node.HasExited))
            await node.KillAsync();

        Directory.Delete(_certificates, recursive: true);
        await Server.DisposeAsync();
    }
}

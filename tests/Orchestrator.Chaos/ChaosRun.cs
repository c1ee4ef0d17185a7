using System.Diagnostics;
using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Chaos;

/// <summary>Three node processes on one PostgreSQL under load, while nodes, connections and the server are killed, stopped and restarted.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private const int Shards = 256;
    private static readonly TimeSpan OwnedWithin = TimeSpan.FromSeconds(20);

    private readonly ChaosPlan _plan;
    private readonly PostgresCluster _server;
    private readonly PostgresDatabase _database;
    private readonly string _certificates = Directory.CreateTempSubdirectory("orchestrator-chaos-").FullName;
    private readonly Dictionary<string, NodeProcess> _nodes = [];
    private readonly Acknowledgements _acknowledgements;
    private readonly List<string> _failures = [];

    private ChaosRun(ChaosPlan plan, PostgresCluster server, PostgresDatabase database)
    {
        (_plan, _server, _database) = (plan, server, database);
        _acknowledgements = new Acknowledgements(plan.IsVerbose);
    }

    public static async Task<int> RunAsync(ChaosPlan plan)
    {
        var server = await PostgresCluster.CreateAsync("max_connections = 100");
        await using var run = new ChaosRun(plan, server, await server.CreateDatabaseAsync());
        return await run.RunAsync() ? 0 : 1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values.Where(node => !node.HasExited))
            await node.KillAsync();

        Directory.Delete(_certificates, recursive: true);
        await _server.DisposeAsync();
    }

    private async Task<bool> RunAsync()
    {
        string[] names = ["n1", "n2", "n3"];
        TestCertificates.Write(_certificates, names);
        var clock = Stopwatch.StartNew();
        Say($"{names.Length} nodes, {_plan.Entities} entities, {_plan.CommandsPerSecond} commands a second, {Shards} shards");
        foreach (var name in names)
            await StartAsync(name);

        await OwnedAsync("start");
        await LoadedAsync(TimeSpan.FromSeconds(8));
        do
        {
            await FaultsAsync();
        }
        while (clock.Elapsed < _plan.Duration);

        await LoadedAsync(TimeSpan.FromSeconds(5));
        foreach (var node in _nodes.Values)
            await CheckedAsync($"{node.Name} stops in order", node.StopAsync);

        await VerifyAsync();
        Say($"{_acknowledgements.Count} commands acknowledged in {clock.Elapsed.TotalSeconds:0} s; "
            + $"answered within {_acknowledgements.Percentile(0.5)} ms (median), {_acknowledgements.Percentile(0.99)} ms (99 %); "
            + $"not answered: {_acknowledgements.Unanswered}");
        _failures.ForEach(failure => Console.WriteLine($"FAILED: {failure}"));
        return _failures.Count == 0;
    }

    private async Task FaultsAsync()
    {
        await FaultAsync("kill -9 of n2", async () =>
        {
            await _nodes["n2"].KillAsync();
            await OwnedAsync("kill -9 of n2", except: "n2");
            await StartAsync("n2");
        });
        await FaultAsync($"n3 stands still for {_plan.Freeze.TotalSeconds:0} s", async () =>
        {
            _nodes["n3"].Freeze();
            await OwnedAsync("n3 stands still", except: "n3");
            await Task.Delay(_plan.Freeze - TimeSpan.FromSeconds(15), TimeProvider.System);
            _nodes["n3"].Thaw();
            await OwnedAsync("n3 goes on");
        });
        await FaultAsync("PostgreSQL restarts as after a crash", async () =>
        {
            await _server.StopAsync("immediate");
            await _server.StartAsync();
            await OwnedAsync("restart of PostgreSQL");
        });
        await FaultAsync("backends are terminated every 2 s", async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'orchestrator%'");
                await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
            }

            await OwnedAsync("termination of backends");
        });
        await FaultAsync("n1 stops in order and returns", async () =>
        {
            await _nodes["n1"].StopAsync();
            await OwnedAsync("n1 stops in order", except: "n1");
            await StartAsync("n1");
        });
    }

    private async Task FaultAsync(string name, Func<Task> fault)
    {
        Say(name);
        await CheckedAsync(name, fault);
        await LoadedAsync(TimeSpan.FromSeconds(5));
    }

    private async Task CheckedAsync(string name, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception error) when (error is InvalidOperationException or NpgsqlException or TimeoutException)
        {
            _failures.Add($"{name}: {error.Message}");
        }
    }

    /// <summary>Lets the load go on for a while and checks that commands are acknowledged.</summary>
    private async Task LoadedAsync(TimeSpan time)
    {
        var before = _acknowledgements.Count;
        await Task.Delay(time, TimeProvider.System);
        var rate = (_acknowledgements.Count - before) / time.TotalSeconds;
        Say($"  {rate:0} acknowledged a second");
        if (rate == 0)
            _failures.Add("no command was acknowledged although all is well");
    }

    private async Task StartAsync(string name) => _nodes[name] = await NodeProcess.StartAsync(
        new NodeArguments(name, _database.ConnectionString, Shards, "127.0.0.1", _certificates, _plan.Entities, _plan.CommandsPerSecond / 3),
        _acknowledgements);

    /// <summary>Waits until every shard is owned by a live node.</summary>
    private async Task OwnedAsync(string after, string? except = null)
    {
        var clock = Stopwatch.StartNew();
        while (await OrphansAsync(except) is > 0 and var orphans)
        {
            if (clock.Elapsed > 3 * OwnedWithin)
            {
                _failures.Add($"{after}: {orphans} shards have no owner after {clock.Elapsed.TotalSeconds:0} s");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Say($"  all shards owned after {clock.Elapsed.TotalSeconds:0.0} s");
        if (clock.Elapsed > OwnedWithin)
            _failures.Add($"{after}: the shards were owned again after {clock.Elapsed.TotalSeconds:0.0} s only, {OwnedWithin.TotalSeconds:0} s are allowed");
    }

    private async Task<long> OrphansAsync(string? except)
    {
        try
        {
            return await _database.ScalarAsync<long>($"""
                SELECT count(*) FROM orchestrator.shard s WHERE s.state <> 1 OR NOT EXISTS (
                  SELECT 1 FROM orchestrator.node n WHERE n.node_id = s.owner AND n.state <> 3 AND n.lease_until > clock_timestamp() AND n.name <> '{except}')
                """);
        }
        catch (NpgsqlException)
        {
            return Shards; // The server is away; so is everything else.
        }
    }

    private async Task VerifyAsync()
    {
        var stored = await StoredAsync();
        var lost = _acknowledgements.Done.Where(done => stored.GetValueOrDefault(done) == 0).Take(5).ToList();
        if (lost.Count > 0)
            _failures.Add($"acknowledged and lost, for instance: {string.Join(", ", lost)}");

        var twice = stored.Where(entry => entry.Value > 1).Select(entry => entry.Key).Take(5).ToList();
        if (twice.Count > 0)
            _failures.Add($"stored twice, for instance: {string.Join(", ", twice)}");

        Say($"{stored.Values.Sum()} events stored, {stored.Count - _acknowledgements.Done.Count} of them without an answer that arrived");
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
        var count = await _database.ScalarAsync<long>(sql);
        if (count > 0)
            _failures.Add($"{count} {what}");
    }

    private async Task VerifyChainsAsync()
    {
        var options = new PostgresJournalOptions { ConnectionString = _database.ConnectionString };
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
                    _failures.Add($"the chain of {id} breaks at {i + 1}");
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
        await using var connection = await _database.OpenAsync();
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

    private async Task ExecuteAsync(string sql)
    {
        try
        {
            await _database.ExecuteAsync(sql);
        }
        catch (NpgsqlException)
        {
            // The statement may have ended its own connection.
        }
    }

    private static void Say(string line) => Console.WriteLine(line);
}

/// <summary>How much is done.</summary>
/// <param name="Entities">Entities commands go to.</param>
/// <param name="CommandsPerSecond">Over all nodes.</param>
/// <param name="Duration">At least so long; every fault happens at least once.</param>
/// <param name="Freeze">How long a node stands still.</param>
/// <param name="IsVerbose">Whether what the nodes say is shown.</param>
internal sealed record ChaosPlan(int Entities, int CommandsPerSecond, TimeSpan Duration, TimeSpan Freeze, bool IsVerbose);

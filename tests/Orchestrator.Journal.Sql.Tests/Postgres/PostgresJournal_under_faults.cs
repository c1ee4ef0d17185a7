using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Verification;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>A server of the test's own, whose sessions are killed and which is restarted, under actors that write.</summary>
public sealed class PostgresJournal_under_faults : IAsyncLifetime
{
    private const int Shards = 8;
    private const string SessionsOfJournal = "FROM pg_stat_activity WHERE application_name LIKE 'orchestrator journal%'";
    private PostgresCluster _cluster = null!;
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgresCluster.CreateAsync();
        _database = await _cluster.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Loses_nothing_acknowledged_while_sessions_are_killed_and_the_server_restarts()
    {
        await using (var journal = await _database.OpenJournalAsync(Shards))
        {
            await using var node = await CountingNode.StartAsync(journal);
            var load = node.StartLoad(actors: 40);
            for (var round = 0; round < 12; round++)
            {
                await load.MoreAsync(150);
                await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) {SessionsOfJournal}");
                if (round % 4 == 3)
                {
                    await _cluster.StopAsync(round % 8 == 3 ? "immediate" : "fast");
                    await _cluster.StartAsync();
                }
            }

            await load.MoreAsync(150);
            await load.StopAsync();
            node.LostShards.Should().BeEmpty("nobody else wrote, and the server kept everything");
            await load.ShouldBeStoredAsync(journal);
            node.FailedAppends.Should().NotBeEmpty("a rig that disturbs nothing shows nothing");
        }

        await ShouldBeIntactAsync();
    }

    [Fact]
    public async Task An_append_whose_session_dies_in_its_commit_counts_only_when_the_replicas_have_it()
    {
        await using var journal = await _database.OpenJournalAsync(Shards);
        await using var node = await CountingNode.StartAsync(journal);
        (await node.AddAsync("a")).Should().Be(1);

        await ReplicateToNobodyAsync();
        var second = node.AddAsync("a");
        await _database.UntilAsync(InCommit("WITH want%"));
        await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) {SessionsOfJournal} AND wait_event = 'SyncRep'");

        // Committed here by now; the question for the head waits for the replicas in its turn.
        await _database.UntilAsync(InCommit("%FOR UPDATE"));
        (await _database.ScalarAsync<long>("SELECT head FROM orchestrator.shard ORDER BY head DESC LIMIT 1")).Should().Be(2);
        second.IsCompleted.Should().BeFalse();
        await _database.ExecuteAsync("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
        (await second).Should().Be(2);
        (await node.AddAsync("a")).Should().Be(3);
        (await _database.ScalarAsync<long>("SELECT count(*) FROM orchestrator.journal")).Should().Be(3, "nothing was stored twice");
    }

    [Fact]
    public async Task An_append_whose_wait_for_the_replicas_is_cancelled_is_in_doubt()
    {
        await using var journal = await _database.OpenJournalAsync(Shards);
        var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
        var source = new Contract.EventSource(1, "a");
        await journal.AppendAsync([new ShardAppend(0, grant.Epoch, 0, source.Next(grant.Epoch, 1), [])], CancellationToken.None);
        await ReplicateToNobodyAsync();
        var append = journal.AppendAsync([new ShardAppend(0, grant.Epoch, 1, source.Next(grant.Epoch, 1), [])], CancellationToken.None).AsTask();
        await _database.UntilAsync(InCommit("WITH want%"));
        await _database.ExecuteAsync($"SELECT pg_cancel_backend(pid) {SessionsOfJournal} AND wait_event = 'SyncRep'");

        var failure = async () => await append;
        var error = (await failure.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.ConnectionLost, true, true));
        var head = journal.ReadShardHeadAsync(0, CancellationToken.None).AsTask();
        await _database.UntilAsync(InCommit("%FOR UPDATE"));
        head.IsCompleted.Should().BeFalse();
        await _database.ExecuteAsync("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
        (await head).Should().Be(grant with { Head = 2 });
    }

    [Fact]
    public async Task A_database_put_back_to_an_older_state_loses_its_shard_and_is_not_written()
    {
        await using var journal = await _database.OpenJournalAsync(Shards);
        await using var node = await CountingNode.StartAsync(journal);
        for (var i = 1; i <= 5; i++)
        {
            (await node.AddAsync("a")).Should().Be(i);
        }

        await _database.ExecuteAsync("""
            SET session_replication_role = replica;
            DELETE FROM orchestrator.journal WHERE position > 3;
            UPDATE orchestrator.shard SET head = 3 WHERE head = 5;
            """);
        var next = async () => await node.AddAsync("a");
        await next.Should().ThrowAsync<Exception>();
        node.LostShards.Should().ContainSingle().Which.Code.Should().Be(ActorErrorCodes.ShardDiverged);
        (await _database.ScalarAsync<long>("SELECT max(position) FROM orchestrator.journal")).Should().Be(3);
    }

    [Fact]
    public async Task A_server_that_may_lose_what_it_acknowledged_is_refused()
    {
        await _database.ExecuteAsync("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()");
        var open = async () => await _database.OpenJournalAsync();
        var error = (await open.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient).Should().Be((JournalErrorCodes.UnsuitableServer, false));
        error.Message.Should().Contain("fsync");
    }

    [Fact]
    public async Task Reads_go_on_after_a_restart_without_an_error()
    {
        await using var journal = await _database.OpenJournalAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(shard => journal.ReadShardAsync(shard, 0, 1, CancellationToken.None).AsTask()));
        await _cluster.StopAsync("fast");
        var down = async () => await journal.ReadShardAsync(0, 0, 1, CancellationToken.None);
        (await down.Should().ThrowAsync<JournalException>()).Which.IsTransient.Should().BeTrue();
        await _cluster.StartAsync();
        (await journal.ReadShardAsync(0, 0, 1, CancellationToken.None)).Should().BeEmpty();
        (await journal.ReadShardHeadAsync(0, CancellationToken.None)).Should().Be(new ShardGrant(0, 0, 0));
    }

    /// <summary>Whether a statement is committed here and waits for a replica that will never come.</summary>
    private static string InCommit(string query) =>
        $"SELECT EXISTS(SELECT 1 {SessionsOfJournal} AND wait_event = 'SyncRep' AND query LIKE '{query}')";

    /// <summary>From now on every commit waits for a replica that does not exist.</summary>
    private async Task ReplicateToNobodyAsync()
    {
        await _database.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
        Task probe;
        do
        {
            probe = _database.ExecuteAsync("SELECT pg_logical_emit_message(true, 'probe', '')"); // The server follows in its own time.
            while (!probe.IsCompleted && !await _database.ScalarAsync<bool>(
                "SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%probe%')"))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }
        while (probe.IsCompleted);
    }

    private async Task ShouldBeIntactAsync()
    {
        using var image = await PostgresJournalImage.OpenAsync(PostgresJournals.Options(_database.ConnectionString));
        var report = await JournalVerifier.VerifyAsync(image);
        report.FirstDamage.Should().BeNull();
        report.EventsVerified.Should().BePositive();
    }
}

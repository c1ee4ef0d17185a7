using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>What the journal says when the server refuses, ends the session or does not answer.</summary>
public sealed class PostgresJournal_answers : IAsyncLifetime
{
    private readonly EventSource _source = new(1, "a");
    private PostgresDatabase _database = null!;
    private PostgresJournal _journal = null!;
    private ShardGrant _grant = null!;

    private static CancellationToken None => CancellationToken.None;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _journal = await _database.OpenJournalAsync(4, TimeSpan.FromSeconds(2));
        _grant = (await _journal.AcquireAsync([0], None)).Single();
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task No_answer_in_time_leaves_the_outcome_open_and_the_head_tells_it_later()
    {
        await using var locker = await _database.OpenAsync();
        var open = await LockShardAsync(locker);
        var append = new ShardAppend(0, _grant.Epoch, 0, _source.Next(_grant.Epoch, 2), []);
        await FailsAsync(append, JournalErrorCodes.ConnectionLost, isTransient: true, outcomeUnknown: true);
        var head = _journal.ReadShardHeadAsync(0, None).AsTask();
        await _database.UntilAsync(Waiting("%FOR UPDATE"));
        await open.RollbackAsync();

        (await head).Should().Be(_grant with { Head = 2 }, "the append left behind went on before the question got the row");
        (await _journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Fenced);
        (await _journal.AppendAsync([append with { ExpectedHead = 2, Events = _source.Next(_grant.Epoch, 1) }], None)).Should().Equal(AppendOutcome.Stored);
    }

    [Fact]
    public async Task A_killed_session_leaves_the_outcome_open()
    {
        await using var locker = await _database.OpenAsync();
        var open = await LockShardAsync(locker);
        var append = new ShardAppend(0, _grant.Epoch, 0, _source.Next(_grant.Epoch, 2), []);
        var failing = FailsAsync(append, JournalErrorCodes.ConnectionLost, isTransient: true, outcomeUnknown: true);
        await EndWaitingAsync("pg_terminate_backend");
        await failing;
        await open.RollbackAsync();
        (await _journal.ReadShardHeadAsync(0, None)).Should().Be(_grant);
        (await _journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Stored);
    }

    [Fact]
    public async Task A_statement_cancelled_on_the_server_stored_nothing_and_may_be_repeated()
    {
        await using var locker = await _database.OpenAsync();
        var open = await LockShardAsync(locker);
        var append = new ShardAppend(0, _grant.Epoch, 0, _source.Next(_grant.Epoch, 2), []);
        var failing = FailsAsync(append, JournalErrorCodes.Busy, isTransient: true, outcomeUnknown: false);
        await EndWaitingAsync("pg_cancel_backend");
        await failing;
        await open.RollbackAsync();
        (await _journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Stored);
    }

    [Fact]
    public async Task A_session_that_died_while_idle_leaves_the_outcome_open_once()
    {
        await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%writer' AND datname = current_database()");
        var append = new ShardAppend(0, _grant.Epoch, 0, _source.Next(_grant.Epoch, 2), []);
        await FailsAsync(append, JournalErrorCodes.ConnectionLost, isTransient: true, outcomeUnknown: false);
        (await _journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Stored);
    }

    [Fact]
    public async Task A_permission_taken_away_is_no_reason_to_try_again()
    {
        await using var journal = await OpenAsRestrictedAsync();
        await _database.ExecuteAsync("REVOKE INSERT ON orchestrator.journal FROM restricted");
        var call = async () => await journal.AppendAsync([new ShardAppend(0, _grant.Epoch, 0, _source.Next(_grant.Epoch, 1), [])], None);
        var error = (await call.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.AccessDenied, false, false));
    }

    [Fact]
    public async Task A_role_that_may_not_change_the_past_is_enough()
    {
        await using var journal = await OpenAsRestrictedAsync();
        var grant = (await journal.AcquireAsync([0], None)).Single();
        var reminder = new JournalReminder(_source.Id, "r", 1, EventSource.Start, []);
        ReminderChange[][] changes = [[new ReminderChange(_source.Id, "r", reminder)], [new ReminderChange(_source.Id, "r", null)]];
        foreach (var change in changes)
        {
            (await journal.AppendAsync([new ShardAppend(0, grant.Epoch, grant.Head, _source.Next(grant.Epoch, 1), change)], None))
                .Should().Equal(AppendOutcome.Stored);
            grant = grant with { Head = grant.Head + 1 };
            await journal.SaveSnapshotAsync(_source.Snapshot("state"), None);
        }

        var tamper = async () => await ExecuteAsRestrictedAsync("ALTER TABLE orchestrator.journal DISABLE TRIGGER ALL");
        (await tamper.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege);
    }

    /// <summary>The rights the README of the journal lists.</summary>
    private async Task<PostgresJournal> OpenAsRestrictedAsync()
    {
        await _database.ExecuteAsync("""
            DO $$ BEGIN CREATE ROLE restricted LOGIN PASSWORD 'restricted'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            """, """
            GRANT USAGE ON SCHEMA orchestrator TO restricted;
            GRANT SELECT ON ALL TABLES IN SCHEMA orchestrator TO restricted;
            GRANT INSERT ON orchestrator.journal, orchestrator.entity TO restricted;
            GRANT UPDATE ON orchestrator.shard TO restricted;
            GRANT INSERT, UPDATE, DELETE ON orchestrator.snapshot, orchestrator.reminder, orchestrator.outbox, orchestrator.inbox,
              orchestrator.node TO restricted;
            GRANT USAGE ON SEQUENCE orchestrator.entity_key TO restricted;
            """);
        return await PostgresJournal.OpenAsync(PostgresJournals.Options(Restricted()), 4, TimeProvider.System);
    }

    private string Restricted() => new NpgsqlConnectionStringBuilder(_database.ConnectionString)
    {
        Username = "restricted", Password = "restricted",
    }.ConnectionString;

    private async Task ExecuteAsRestrictedAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Restricted());
        await connection.OpenAsync();
#pragma warning disable CA2100 // The texts are those above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<NpgsqlTransaction> LockShardAsync(NpgsqlConnection connection)
    {
        var open = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("SELECT 1 FROM orchestrator.shard WHERE shard_id = 0 FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync();
        return open;
    }

    private static string Waiting(string query) =>
        $"SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '{query}')";

    private async Task EndWaitingAsync(string how)
    {
        await _database.UntilAsync(Waiting("WITH want%"));
        await _database.ExecuteAsync(
            $"SELECT {how}(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH want%'");
    }

    private async Task FailsAsync(ShardAppend append, string code, bool isTransient, bool outcomeUnknown)
    {
        var call = async () => await _journal.AppendAsync([append], None);
        var error = (await call.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((code, isTransient, outcomeUnknown));
        error.Message.Should().Contain($"{_database.Cluster.Address}/{_database.Name}");
    }
}

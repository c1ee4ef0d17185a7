using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>Two nodes on one database: whoever lost a shard writes nothing more to it.</summary>
public sealed class PostgresJournal_fences : IAsyncLifetime
{
    private const int Shards = 4;
    private PostgresDatabase _database = null!;
    private PostgresJournal _first = null!;
    private PostgresJournal _second = null!;

    private static CancellationToken None => CancellationToken.None;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _first = await _database.OpenJournalAsync(Shards);
        _second = await _database.OpenJournalAsync(Shards);
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_writer_blocked_by_an_open_takeover_writes_nothing()
    {
        var grant = (await _first.AcquireAsync([0], None)).Single();
        await using var takeover = await _database.OpenAsync();
        await using var open = await takeover.BeginTransactionAsync();
        await ExecuteAsync(takeover, "UPDATE orchestrator.shard SET epoch = epoch + 1 WHERE shard_id = 0");

        var append = _first.AppendAsync([Append(grant, 3)], None).AsTask();
        await _database.UntilAsync("SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH want%')");
        append.IsCompleted.Should().BeFalse();
        await open.CommitAsync();

        (await append).Should().Equal(AppendOutcome.Fenced);
        (await CountAsync()).Should().Be((0, 0, 0));
        (await _second.ReadShardHeadAsync(0, None)).Should().Be(new ShardGrant(0, 2, 0));
    }

    [Fact]
    public async Task A_takeover_waits_for_an_append_in_flight_and_sees_its_head()
    {
        var grant = (await _first.AcquireAsync([0], None)).Single();
        await using var other = await _database.OpenAsync();
        await using var open = await other.BeginTransactionAsync();
        await ExecuteAsync(other, """
            INSERT INTO orchestrator.journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, link, meta, payload_hash, hash)
            VALUES(0, 3, -1, 1, 1, 1, 1, 0, 0, '', '', '')
            """); // Holds the append after it has the shard's row: it waits to see whether this row of the same key stays.

        var append = _first.AppendAsync([Append(grant, 3)], None).AsTask();
        await _database.UntilAsync("SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH want%')");
        var takeover = _second.AcquireAsync([0], None).AsTask();
        await _database.UntilAsync("SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH l AS%')");
        (append.IsCompleted, takeover.IsCompleted).Should().Be((false, false));
        await open.RollbackAsync();

        (await append).Should().Equal(AppendOutcome.Stored);
        (await takeover).Should().Equal(new ShardGrant(0, 2, 3));
        (await _first.AppendAsync([Append(grant with { Head = 3 }, 1)], None)).Should().Equal(AppendOutcome.Fenced);
    }

    [Fact]
    public async Task A_stolen_shard_is_left_out_and_the_others_are_stored()
    {
        var grants = await _first.AcquireAsync([0, 1, 2, 3], None);
        await _first.AppendAsync([.. grants.Select(grant => Append(grant, 1))], None);
        var stolen = (await _second.AcquireAsync([2], None)).Single();
        (await _second.AppendAsync([Append(stolen, 2)], None)).Should().Equal(AppendOutcome.Stored);

        var appends = grants.Select(grant => Append(grant with { Head = 1 }, 5)).ToArray();
        (await _first.AppendAsync(appends, None)).Should().Equal(
            AppendOutcome.Stored, AppendOutcome.Stored, AppendOutcome.Fenced, AppendOutcome.Stored);

        var heads = new List<long>();
        for (var shard = 0; shard < Shards; shard++)
        {
            heads.Add((await _second.ReadShardHeadAsync(shard, None)).Head);
        }

        heads.Should().Equal(6, 6, 3, 6);
        (await CountAsync()).Events.Should().Be(21);
    }

    [Fact]
    public async Task Under_an_open_takeover_of_one_shard_only_the_others_are_stored()
    {
        var grants = await _first.AcquireAsync([0, 1, 2, 3], None);
        await using var takeover = await _database.OpenAsync();
        await using var open = await takeover.BeginTransactionAsync();
        await ExecuteAsync(takeover, "UPDATE orchestrator.shard SET epoch = epoch + 1 WHERE shard_id = 1");
        var append = _first.AppendAsync([.. grants.Select(grant => Append(grant, 2))], None).AsTask();
        await _database.UntilAsync("SELECT EXISTS(SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH want%')");
        await open.CommitAsync();

        (await append).Should().Equal(AppendOutcome.Stored, AppendOutcome.Fenced, AppendOutcome.Stored, AppendOutcome.Stored);
        (await CountAsync()).Should().Be((6, 3, 3));
    }

    [Fact]
    public async Task Two_who_take_each_others_shards_by_turns_never_both_write()
    {
        var stored = 0;
        var source = new EventSource(7, "contended");
        var journals = new[] { _first, _second };
        for (var round = 0; round < 20; round++)
        {
            var grant = (await journals[round % 2].AcquireAsync([3], None)).Single();
            var append = new ShardAppend(3, grant.Epoch, grant.Head, source.Next(grant.Epoch, 3), []);
            (await journals[round % 2].AppendAsync([append], None)).Should().Equal(AppendOutcome.Stored);
            stored += 3;
            (await journals[(round + 1) % 2].AppendAsync([append], None)).Should().Equal(AppendOutcome.Fenced);
        }

        (await _first.ReadShardAsync(3, 0, 1000, None)).Select(static e => e.SequenceNr)
            .Should().Equal(Enumerable.Range(1, stored).Select(static i => (long)i));
    }

    [Fact]
    public async Task Takeovers_of_many_shards_at_once_do_not_block_each_other_for_good()
    {
        int[] up = [0, 1, 2, 3];
        int[] down = [3, 2, 1, 0];
        for (var round = 0; round < 10; round++)
        {
            var both = await Task.WhenAll(_first.AcquireAsync(up, None).AsTask(), _second.AcquireAsync(down, None).AsTask());
            both.SelectMany(static grants => grants).DistinctBy(static grant => (grant.ShardId, grant.Epoch)).Should().HaveCount(8);
        }
    }

    /// <summary>Events and a reminder of an entity that is new in each append.</summary>
    private static ShardAppend Append(ShardGrant grant, int count)
    {
        var source = new EventSource(1, $"{grant}");
        var reminder = new JournalReminder(source.Id, "wake", 1, EventSource.Start, [1]);
        return new ShardAppend(
            grant.ShardId, grant.Epoch, grant.Head, source.Next(grant.Epoch, count), [new ReminderChange(source.Id, "wake", reminder)]);
    }

    private async Task<(long Events, long Entities, long Reminders)> CountAsync() => (
        await _database.ScalarAsync<long>("SELECT count(*) FROM orchestrator.journal"),
        await _database.ScalarAsync<long>("SELECT count(*) FROM orchestrator.entity"),
        await _database.ScalarAsync<long>("SELECT count(*) FROM orchestrator.reminder"));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The texts are those above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}

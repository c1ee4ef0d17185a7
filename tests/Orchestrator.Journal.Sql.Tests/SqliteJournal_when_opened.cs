using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Schema;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;

namespace Orchestrator.Journal.Sql.Tests;

public sealed class SqliteJournal_when_opened : IDisposable
{
    private readonly JournalDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Refuses_a_second_opening_and_names_the_process()
    {
        await using var first = await _directory.OpenAsync();
        var error = await RefusalAsync(JournalErrorCodes.InUse);
        error.Message.Should().Contain("in use by another process").And.Contain($"pid {Environment.ProcessId}");
    }

    [Fact]
    public async Task Opens_again_after_it_was_closed()
    {
        await (await _directory.OpenAsync()).DisposeAsync();
        await using var again = await _directory.OpenAsync();
        again.ShardCount.Should().Be(4);
    }

    [Fact]
    public async Task Refuses_another_shard_count_and_says_which_is_right()
    {
        await (await _directory.OpenAsync(4)).DisposeAsync();
        (await RefusalAsync(JournalErrorCodes.ShardCountMismatch, 8)).Message.Should().Contain("with 4 shards").And.Contain("8 are configured");
        await using var right = await _directory.OpenAsync(4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(JournalLimits.MaxShardCount + 1)]
    public async Task Refuses_a_shard_count_out_of_range(int shards)
    {
        var open = async () => await _directory.OpenAsync(shards);
        await open.Should().ThrowAsync<ArgumentOutOfRangeException>();
        File.Exists(_directory.Database).Should().BeFalse();
    }

    [Fact]
    public async Task Refuses_a_newer_schema_and_leaves_it_alone()
    {
        await (await _directory.OpenAsync()).DisposeAsync();
        _directory.Tamper("INSERT INTO schema_version VALUES(99, 0)");
        (await RefusalAsync(JournalErrorCodes.SchemaTooNew)).Message.Should().Contain("version 99");
        var image = () => SqliteJournalImage.Open(_directory.Database);
        image.Should().Throw<JournalException>().Which.Code.Should().Be(JournalErrorCodes.SchemaTooNew);
    }

    [Fact]
    public async Task Refuses_the_database_of_something_else()
    {
        _directory.Tamper("CREATE TABLE photo(id INTEGER)");
        await RefusalAsync(JournalErrorCodes.NotAJournal);
    }

    [Fact]
    public async Task Refuses_a_file_that_is_no_database_with_advice()
    {
        await File.WriteAllTextAsync(_directory.Database, new string('x', 8192));
        (await RefusalAsync(JournalErrorCodes.Corrupt)).Message.Should().Contain("journal verify").And.Contain("backup");
    }

    [Fact]
    public async Task Refuses_a_log_without_its_database_and_keeps_it()
    {
        var log = _directory.Database + "-wal";
        await File.WriteAllTextAsync(log, "the newest events");
        await RefusalAsync(JournalErrorCodes.Corrupt);
        File.Exists(log).Should().BeTrue();
    }

    [Fact]
    public async Task Refuses_a_place_where_no_directory_can_be()
    {
        var file = Path.Combine(_directory.Root, "file");
        await File.WriteAllTextAsync(file, "");
        var open = async () => await SqliteJournal.OpenAsync(Path.Combine(file, "journal.db"), 4, TimeProvider.System);
        (await open.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(JournalErrorCodes.AccessDenied);
    }

    [Fact]
    public async Task Runs_on_the_version_of_SQLite_the_schema_is_written_for_with_a_full_flush()
    {
        await using var journal = await _directory.OpenAsync();
        using var session = SqliteSession.OpenReader(_directory.Database);
        var version = session.Prepare("SELECT sqlite_version()");
        version.Step();
        new Version(version.Text(0)).Should().BeGreaterThanOrEqualTo(new Version(3, 35, 5));
        version.Reset();
        var mode = session.Prepare("PRAGMA journal_mode");
        mode.Step();
        mode.Text(0).Should().Be("wal");
        mode.Reset();
    }

    [Fact]
    public async Task A_journal_of_the_first_version_goes_on_with_messages()
    {
        var source = new EventSource(1, "old");
        using (var session = SqliteSession.OpenWriter(_directory.Database))
        {
            SqliteSchema.Prepare(session, 4, TimeProvider.System, [SqliteMigrations.All[0]]);
        }

        await using var journal = await _directory.OpenAsync(4);
        var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
        var append = new ShardAppend(0, grant.Epoch, 0, [source.Next(grant.Epoch)], [])
        {
            Outbox = [new OutboxMessage(source.Id, 1, 0, new PersistenceId(1, "new"), [1])],
        };
        (await journal.AppendAsync([append], CancellationToken.None)).Should().Equal(AppendOutcome.Stored);
        (await journal.ReadOutboxAsync(new OutboxQuery([0], 1), CancellationToken.None)).Should().ContainSingle();
    }

    [Fact]
    public void Migrates_forward_once_and_all_or_nothing()
    {
        using var session = SqliteSession.OpenWriter(_directory.Database);
        SqliteSchema.Prepare(session, 4, TimeProvider.System);
        var known = SqliteMigrations.All[^1].Version;
        var second = new Migration(known + 1, "CREATE TABLE added(id INTEGER)");
        var broken = new Migration(known + 2, "CREATE TABLE third(id INTEGER); CREATE TABLE added(id INTEGER)");

        var failing = () => SqliteSchema.Prepare(session, 4, TimeProvider.System, [.. SqliteMigrations.All, second, broken]);
        failing.Should().Throw<JournalException>();
        session.Scalar("SELECT max(version) FROM schema_version").Should().Be(known);
        session.Scalar("SELECT count(*) FROM sqlite_master WHERE name IN ('added', 'third')").Should().Be(0);

        SqliteSchema.Prepare(session, 4, TimeProvider.System, [.. SqliteMigrations.All, second]);
        SqliteSchema.Prepare(session, 4, TimeProvider.System, [.. SqliteMigrations.All, second]);
        session.Scalar("SELECT count(*) FROM schema_version").Should().Be(SqliteMigrations.All.Count + 1);

        var older = () => SqliteSchema.Prepare(session, 4, TimeProvider.System);
        older.Should().Throw<JournalException>().Which.Code.Should().Be(JournalErrorCodes.SchemaTooNew);
    }

    [Theory]
    [InlineData("UPDATE journal SET payload = x'00'")]
    [InlineData("DELETE FROM journal")]
    [InlineData("UPDATE entity SET name = 'other'")]
    [InlineData("DELETE FROM shard")]
    [InlineData("UPDATE shard SET head = head - 1")]
    [InlineData("UPDATE shard SET epoch = 0")]
    [InlineData("UPDATE store SET shard_count = 9")]
    public async Task Its_history_cannot_be_changed_by_another_tool(string sql)
    {
        await using (var journal = await _directory.OpenAsync())
        {
            var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
            var append = new ShardAppend(0, grant.Epoch, 0, new EventSource(1, "a").Next(grant.Epoch, 2), []);
            await journal.AppendAsync([append], CancellationToken.None);
        }

        var change = () => _directory.Tamper(sql);
        change.Should().Throw<SqliteException>().Which.SqliteErrorCode.Should().Be(19);
    }

    [Fact]
    public async Task A_write_lock_held_by_another_tool_is_transient()
    {
        await using var journal = await _directory.OpenAsync();
        using (var tool = new SqliteConnection($"Data Source={_directory.Database};Pooling=False"))
        {
            tool.Open();
            using var begin = new SqliteCommand("BEGIN IMMEDIATE", tool);
            begin.ExecuteNonQuery();
            var acquire = async () => await journal.AcquireAsync([0], CancellationToken.None);
            var error = (await acquire.Should().ThrowAsync<JournalException>()).Which;
            (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.Busy, true, false));
        }

        (await journal.AcquireAsync([0], CancellationToken.None)).Single().Epoch.Should().Be(1);
    }

    private async Task<JournalException> RefusalAsync(string code, int shards = 4)
    {
        var open = async () => await _directory.OpenAsync(shards);
        var error = (await open.Should().ThrowAsync<JournalException>()).Which;
        error.Code.Should().Be(code);
        error.IsTransient.Should().BeFalse();
        return error;
    }
}

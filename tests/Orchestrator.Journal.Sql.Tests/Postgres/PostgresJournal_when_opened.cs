using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Schema;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

public sealed class PostgresJournal_when_opened : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Serves_several_openings_at_once_and_makes_its_tables_once()
    {
        var journals = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _database.OpenJournalAsync()));
        var epochs = new List<long>();
        foreach (var journal in journals)
        {
            epochs.Add((await journal.AcquireAsync([0], CancellationToken.None)).Single().Epoch);
            await journal.DisposeAsync();
        }

        epochs.Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public async Task Refuses_another_shard_count_and_says_which_is_right()
    {
        await (await _database.OpenJournalAsync(4)).DisposeAsync();
        (await RefusalAsync(JournalErrorCodes.ShardCountMismatch, shards: 8)).Message
            .Should().Contain("with 4 shards").And.Contain("8 are configured").And.Contain($"{_database.Cluster.Address}/{_database.Name}");
        await using var right = await _database.OpenJournalAsync(4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(JournalLimits.MaxShardCount + 1)]
    public async Task Refuses_a_shard_count_out_of_range(int shards)
    {
        var open = async () => await _database.OpenJournalAsync(shards);
        await open.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Refuses_a_newer_schema_and_leaves_it_alone()
    {
        await (await _database.OpenJournalAsync()).DisposeAsync();
        await _database.ExecuteAsync("INSERT INTO orchestrator.schema_version(version) VALUES(99)");
        (await RefusalAsync(JournalErrorCodes.SchemaTooNew)).Message.Should().Contain("version 99");
        var image = async () => await PostgresJournalImage.OpenAsync(PostgresJournals.Options(_database.ConnectionString));
        (await image.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(JournalErrorCodes.SchemaTooNew);
    }

    [Theory]
    [InlineData("CREATE TABLE photo(id int)")]
    [InlineData("CREATE SCHEMA orchestrator; CREATE TABLE orchestrator.violin(id int)")]
    public async Task Refuses_the_database_of_something_else(string other)
    {
        await _database.ExecuteAsync(other);
        (await RefusalAsync(JournalErrorCodes.NotAJournal)).Message.Should().Contain("empty database");
        (await _database.ScalarAsync<bool>("SELECT to_regclass('orchestrator.journal') IS NULL")).Should().BeTrue();
    }

    [Fact]
    public async Task Refuses_a_database_that_cannot_keep_every_name()
    {
        var latin = $"latin_{_database.Name}";
        await _database.Cluster.ExecuteAsync("postgres", $"CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0");
        (await RefusalAsync(JournalErrorCodes.UnsuitableServer, settings => settings.Database = latin)).Message.Should().Contain("UTF8");
    }

    [Fact]
    public async Task Says_where_it_cannot_connect_and_may_be_tried_again()
    {
        var open = async () => await PostgresJournal.OpenAsync(
            PostgresJournals.Options("Host=127.0.0.1;Port=1;Database=db;Username=me;Password=secret"), 4, TimeProvider.System);
        var error = (await open.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.CannotConnect, true, false));
        error.Message.Should().Contain("127.0.0.1:1/db").And.NotContain("secret");
    }

    [Fact]
    public async Task Says_that_the_password_is_wrong_without_telling_it()
    {
        var error = await RefusalAsync(JournalErrorCodes.LoginRefused, static settings => settings.Password = "open sesame");
        error.ToString().Should().NotContain("sesame");
        await RefusalAsync(JournalErrorCodes.LoginRefused, static settings => settings.Username = "nobody");
    }

    [Fact]
    public async Task Says_that_the_database_is_missing() =>
        (await RefusalAsync(JournalErrorCodes.DatabaseMissing, static settings => settings.Database = "missing")).Message.Should().Contain("/missing");

    [Theory]
    [InlineData("Host=db;Password=open;sesame")]
    [InlineData("Host=db;Port=sesame")]
    [InlineData("Database=sesame")]
    public async Task Refuses_a_connection_string_it_cannot_read_without_repeating_it(string text)
    {
        var open = async () => await PostgresJournal.OpenAsync(PostgresJournals.Options(text), 4, TimeProvider.System);
        (await open.Should().ThrowAsync<ArgumentException>()).Which.ToString().Should().NotContain("sesame");
    }

    [Fact]
    public async Task Migrates_forward_once_and_all_or_nothing()
    {
        await (await _database.OpenJournalAsync()).DisposeAsync();
        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Search Path=orchestrator");
        await connection.OpenAsync();
        var second = new Migration(2, "CREATE TABLE added(id int)");
        var broken = new Migration(3, "CREATE TABLE third(id int); CREATE TABLE added(id int)");

        var failing = () => PostgresSchema.PrepareAsync(connection, "here", 4, [.. PostgresMigrations.All, second, broken]);
        await failing.Should().ThrowAsync<PostgresException>();
        (await _database.ScalarAsync<int>("SELECT max(version) FROM orchestrator.schema_version")).Should().Be(1);
        (await _database.ScalarAsync<bool>("SELECT to_regclass('orchestrator.added') IS NULL")).Should().BeTrue();

        await PostgresSchema.PrepareAsync(connection, "here", 4, [.. PostgresMigrations.All, second]);
        await PostgresSchema.PrepareAsync(connection, "here", 4, [.. PostgresMigrations.All, second]);
        (await _database.ScalarAsync<long>("SELECT count(*) FROM orchestrator.schema_version")).Should().Be(2);
        await RefusalAsync(JournalErrorCodes.SchemaTooNew);
    }

    [Theory]
    [InlineData("UPDATE journal SET payload = NULL")]
    [InlineData("DELETE FROM journal")]
    [InlineData("TRUNCATE journal")]
    [InlineData("UPDATE entity SET name = 'other'")]
    [InlineData("DELETE FROM shard")]
    [InlineData("UPDATE shard SET head = head - 1")]
    [InlineData("UPDATE shard SET epoch = 0")]
    [InlineData("UPDATE store SET shard_count = 9")]
    public async Task Its_history_cannot_be_changed_by_another_tool(string sql)
    {
        await using (var journal = await _database.OpenJournalAsync())
        {
            var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
            var append = new ShardAppend(0, grant.Epoch, 0, new EventSource(1, "a").Next(grant.Epoch, 2), []);
            await journal.AppendAsync([append], CancellationToken.None);
        }

        var change = async () => await _database.ExecuteAsync($"SET search_path = orchestrator; {sql}");
        (await change.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.IntegrityConstraintViolation);
    }

    [Fact]
    public async Task Waits_for_the_disk_even_if_the_user_is_set_up_not_to()
    {
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Name} SET synchronous_commit = off");
        await using var journal = await _database.OpenJournalAsync();
        var writer = await _database.OpenSessionAsync();
        try
        {
            await using var show = new NpgsqlCommand("SHOW synchronous_commit", writer.Connection);
            (await show.ExecuteScalarAsync()).Should().Be("on");
        }
        finally
        {
            await writer.CloseAsync();
        }
    }

    private async Task<JournalException> RefusalAsync(
        string code, Action<NpgsqlConnectionStringBuilder>? change = null, int shards = 4)
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        change?.Invoke(settings);
        var open = async () => await PostgresJournal.OpenAsync(PostgresJournals.Options(settings.ConnectionString), shards, TimeProvider.System);
        var error = (await open.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient).Should().Be((code, false));
        return error;
    }
}

using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Schema;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The connection that writes, with its prepared statements, until something ends it.</summary>
internal sealed class PostgresSession
{
    private const string InspectServer = """
        SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool, current_setting('fsync')::bool,
          current_setting('server_encoding'),
          CASE WHEN current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN set_config('synchronous_commit', 'on', false) END
        """;

    private static readonly Version OldestServer = new(15, 0);
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private string? _warning;
    private bool _isUsable = true;
    private bool _isLeftBehind;

    private PostgresSession(NpgsqlConnection connection, PostgresSettings settings, TimeProvider clock)
    {
        Connection = connection;
        Server = settings.Server;
        _timeout = settings.CommandTimeout;
        _clock = clock;
        Append = new AppendStatement(connection);
        connection.Notice += (_, notice) => Observe(notice.Notice);
    }

    public NpgsqlConnection Connection { get; }

    public string Server { get; }

    /// <summary>The one statement that appends; prepared when it is used first.</summary>
    public AppendStatement Append { get; }

    /// <summary>Whether the next statement may use it.</summary>
    public bool IsUsable => _isUsable && Connection.FullState == System.Data.ConnectionState.Open;

    /// <summary>Connects and refuses a server that would not keep what it acknowledges.</summary>
    public static async Task<PostgresSession> OpenAsync(NpgsqlDataSource source, PostgresSettings settings, TimeProvider clock)
    {
        var session = new PostgresSession(source.CreateConnection(), settings, clock);
        try
        {
            await session.Connection.OpenAsync();
            await session.RunAsync(session.InspectAsync, mayCommit: false);
            return session;
        }
        catch (Exception error)
        {
            await session.CloseAsync();
            throw PostgresErrors.IsStoreError(error) ? PostgresErrors.MapConnect(error, settings.Server) : error;
        }
    }

    /// <summary>Makes or checks the schema.</summary>
    /// <returns>The identity of the store.</returns>
    public Task<Guid> PrepareAsync(int shardCount) =>
        RunAsync(() => PostgresSchema.PrepareAsync(Connection, Server, shardCount), mayCommit: true);

    /// <summary>Runs a statement; waits for its end as long as configured, and never cancels it.</summary>
    /// <param name="statement">What to run on <see cref="Connection"/>.</param>
    /// <param name="mayCommit">Whether it may store something: then a lost answer leaves its outcome unknown.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> statement, bool mayCommit)
    {
        _warning = null;
        var running = statement();
        try
        {
            var result = await running.WaitAsync(_timeout, _clock);
            return mayCommit && _warning is { } warning ? throw PostgresErrors.LocalOnly(Server, warning) : result;
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            LeaveBehind(running);
            throw PostgresErrors.TimedOut(Server, _timeout, mayCommit);
        }
        catch (Exception error) when (PostgresErrors.IsStoreError(error))
        {
            _isUsable &= PostgresErrors.LeavesSessionUsable(error);
            throw PostgresErrors.Map(error, Server, mayCommit);
        }
    }

    /// <summary>Closes the connection, unless a statement is still running on it.</summary>
    public async Task CloseAsync()
    {
        if (!_isLeftBehind)
        {
            await Connection.DisposeAsync();
        }
    }

    // The driver cannot drop a connection under a running statement; its end, or TCP keep-alive, gives it free.
    private void LeaveBehind(Task running)
    {
        _isUsable = false;
        _isLeftBehind = true;
        _ = running.ContinueWith(ended =>
        {
            _ = ended.Exception;
            Connection.Dispose();
        }, TaskScheduler.Default);
    }

    private void Observe(PostgresNotice notice)
    {
        if (notice.InvariantSeverity == "WARNING")
        {
            _warning = notice.MessageText;
        }
    }

    private async Task<bool> InspectAsync()
    {
        if (Connection.PostgreSqlVersion < OldestServer)
        {
            throw Unsuitable($"is version {Connection.PostgreSqlVersion}; {OldestServer} or later is needed. Upgrade the server.");
        }

        await using var command = new NpgsqlCommand(InspectServer, Connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        if (reader.GetBoolean(0))
        {
            throw new JournalException(JournalErrorCodes.CannotConnect,
                $"The server of the journal {Server} is a standby or read-only. Wait for its promotion, or connect to the primary.",
                isTransient: true, outcomeUnknown: false);
        }

        if (!reader.GetBoolean(1))
        {
            throw Unsuitable("runs with fsync = off and may lose what it acknowledged. Switch it on in postgresql.conf.");
        }

        return reader.GetString(2) == "UTF8"
            ? true
            : throw Unsuitable($"keeps this database in {reader.GetString(2)}. Create the database with ENCODING 'UTF8'.");
    }

    private JournalException Unsuitable(string why) => new(JournalErrorCodes.UnsuitableServer,
        $"The server of the journal {Server} {why}", isTransient: false, outcomeUnknown: false);
}

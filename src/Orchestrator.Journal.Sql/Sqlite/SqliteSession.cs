using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using SQLitePCL;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>One connection with its prepared statements; used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    static SqliteSession() => Batteries_V2.Init();

    private SqliteSession(string path, string source, SqliteOpenMode mode)
    {
        Path = path;
        var text = new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false, DefaultTimeout = 5 };
        _connection = new SqliteConnection(text.ToString());
    }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Opens the one connection that writes.</summary>
    /// <remarks>
    /// FULL flushes the log at each commit; NORMAL would lose the last acknowledged commits in a power cut. Checkpoints are
    /// run by the writer itself, because the automatic one hides its errors. fullfsync makes macOS flush the drive too. secure_delete
    /// leaves no copies behind in pages that are rebuilt, so that a shredded payload is gone.
    /// </remarks>
    public static SqliteSession OpenWriter(string path)
    {
        const string Pragmas = """
            PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
            PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA cache_size = -65536;
            PRAGMA secure_delete = FAST;
            """;
        return Open(path, path, SqliteOpenMode.ReadWriteCreate, Pragmas, session =>
        {
            var mode = session.Prepare("PRAGMA journal_mode = WAL");
            mode.Step();
            var isWal = mode.Text(0) == "wal";
            mode.Reset();
            if (!isWal)
            {
                throw new JournalException(JournalErrorCodes.AccessDenied,
                    $"The file system of {path} does not support a write-ahead log. Put the journal on a local disk.", false, false);
            }
        });
    }

    /// <summary>Opens a connection that cannot write, not even checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="immutable">The file is on a medium where SQLite can make no side files, and nobody changes it.</param>
    public static SqliteSession OpenReader(string path, bool immutable = false)
    {
        var source = immutable ? $"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1" : path;
        return Open(path, source, SqliteOpenMode.ReadOnly,
            "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -8192;", static _ => { });
    }

    /// <summary>The cached statement for this text; it must not be running already.</summary>
    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = new Statement(_connection.Handle!, sql));
        }

        return statement;
    }

    /// <summary>Runs a script.</summary>
    public void Execute(string script)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = script;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; 0 when there is none.</summary>
    public long Scalar(string sql)
    {
        var statement = Prepare(sql);
        var value = statement.Step() ? statement.Int64(0) : 0;
        statement.Reset();
        return value;
    }

    /// <summary>Reads all rows of a bound statement.</summary>
    public static List<T> ReadAll<T>(Statement bound, Func<Statement, T> map, CancellationToken cancellation)
    {
        var rows = new List<T>();
        try
        {
            while (bound.Step())
            {
                cancellation.ThrowIfCancellationRequested();
                rows.Add(map(bound));
            }
        }
        finally
        {
            bound.Reset();
        }

        return rows;
    }

    /// <summary>Runs the body in a write transaction; errors of SQLite come out as <see cref="JournalException"/>.</summary>
    /// <remarks>IMMEDIATE takes the write lock first: a transaction that starts by reading can fail with "busy" halfway.</remarks>
    public T InTransaction<T>(Func<T> body)
    {
        var committing = false;
        try
        {
            Prepare("BEGIN IMMEDIATE").Run();
            var result = body();
            committing = true;
            Prepare("COMMIT").Run();
            return result;
        }
        catch (SqliteException error)
        {
            RollBack();
            throw SqliteErrors.Map(error, Path, committing);
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Copies the log into the database file, as far as readers allow, and flushes it.</summary>
    public void Checkpoint()
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        if (result is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
        {
            var code = raw.sqlite3_extended_errcode(_connection.Handle);
            throw new SqliteException(raw.sqlite3_errmsg(_connection.Handle).utf8_to_string(), result & 0xFF, code);
        }
    }

    /// <summary>How many pages this connection wrote to the log since it was asked last.</summary>
    public int TakeWrittenPages()
    {
        const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
        _ = raw.sqlite3_db_status(_connection.Handle, CacheWrite, out var pages, out _, 1);
        return pages;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private static SqliteSession Open(
        string path, string source, SqliteOpenMode mode, string pragmas, Action<SqliteSession> then)
    {
        var session = new SqliteSession(path, source, mode);
        try
        {
            session._connection.Open();
            session.Execute(pragmas);
            then(session);
            return session;
        }
        catch (SqliteException error)
        {
            session.Dispose();
            throw SqliteErrors.Map(error, path, committing: false);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            // After a full disk or an I/O error SQLite may have rolled back by itself.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Prepare("ROLLBACK").Run();
            }
        }
        catch (SqliteException)
        {
            // The first error is the one to report; BEGIN fails if the transaction is still open.
        }
    }
}

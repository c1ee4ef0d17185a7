using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>A few read-only connections; a write-ahead log lets them read beside the writer.</summary>
internal sealed class SqliteReaderPool(string path) : IAsyncDisposable
{
    private const int Size = 4;
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private readonly SemaphoreSlim _permits = new(Size);
    private bool _closed;

    /// <summary>Runs a read on the thread pool, because SQLite blocks.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellation)
    {
        await _permits.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteJournal));
            return await Task.Run(() => Use(read), cancellation);
        }
        finally
        {
            _permits.Release();
        }
    }

    /// <summary>Waits for the running reads and closes the connections, so that the writer's is the last one.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Size; i++)
        {
            await _permits.WaitAsync();
        }

        _closed = true;
        foreach (var session in _idle)
        {
            session.Dispose();
        }

        _permits.Release(Size); // A late read then finds the pool closed, rather than waiting for ever.
    }

    private T Use<T>(Func<SqliteSession, T> read)
    {
        if (!_idle.TryTake(out var session))
        {
            session = SqliteSession.OpenReader(path);
        }

        try
        {
            var result = read(session);
            _idle.Add(session);
            return result;
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
}

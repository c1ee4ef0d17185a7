using Npgsql;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The few connections that read beside the writer.</summary>
internal sealed class PostgresReaders(PostgresSettings settings) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = settings.ForReading();
    private volatile bool _closed;

    /// <summary>Runs a query.</summary>
    public ValueTask<List<T>> ReadAsync<T>(PostgresQuery<T> query, CancellationToken cancellation) =>
        UseAsync(connection => query.RunAsync(connection, cancellation), mayCommit: false, cancellation);

    /// <summary>Runs work that may be repeated: after a restart of the server every idle connection is dead, and replaced at once.</summary>
    public async ValueTask<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> work, bool mayCommit, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(PostgresJournal));
        try
        {
            return await TryAsync(work, mayCommit, cancellation);
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.ConnectionLost)
        {
            _source.Clear();
            return await TryAsync(work, mayCommit, cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _closed = true;
        return _source.DisposeAsync();
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> work, bool mayCommit, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        try
        {
            return await work(connection);
        }
        catch (Exception error) when (PostgresErrors.IsStoreError(error))
        {
            throw PostgresErrors.Map(error, settings.Server, mayCommit);
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellation);
        }
        catch (Exception error) when (PostgresErrors.IsStoreError(error))
        {
            throw PostgresErrors.MapConnect(error, settings.Server);
        }
    }
}

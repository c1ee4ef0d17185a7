using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Schema;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The one connection that writes: gives it to one caller at a time, and connects anew after it was lost.</summary>
internal sealed class PostgresWriter : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly PostgresSettings _settings;
    private readonly TimeProvider _clock;
    private readonly NpgsqlDataSource _source;
    private PostgresSession? _session;
    private Guid _store;
    private bool _closed;

    private PostgresWriter(PostgresSettings settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _source = settings.ForWriting();
    }

    /// <summary>Connects, and makes or checks the schema.</summary>
    public static async Task<PostgresWriter> OpenAsync(PostgresSettings settings, int shardCount, TimeProvider clock)
    {
        var writer = new PostgresWriter(settings, clock);
        try
        {
            writer._session = await PostgresSession.OpenAsync(writer._source, settings, clock);
            writer._store = await writer._session.PrepareAsync(shardCount);
            return writer;
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the work when those before it are done; it may be cancelled until then.</summary>
    public async Task<T> UseAsync<T>(Func<PostgresSession, Task<T>> work, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PostgresJournal));
            cancellation.ThrowIfCancellationRequested();
            return await work(await ConnectAsync());
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Runs work that may be repeated: a connection that died unseen while it was idle is replaced at once.</summary>
    public Task<T> UseAgainAsync<T>(Func<PostgresSession, Task<T>> work, CancellationToken cancellation) => UseAsync(async session =>
    {
        try
        {
            return await work(session);
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.ConnectionLost && !session.IsUsable)
        {
            return await work(await ConnectAsync());
        }
    }, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _closed = true;
        await DropAsync();
        await _source.DisposeAsync();
        _gate.Release();
    }

    private async Task<PostgresSession> ConnectAsync()
    {
        if (_session is { IsUsable: true } usable)
        {
            return usable;
        }

        await DropAsync();
        var session = await PostgresSession.OpenAsync(_source, _settings, _clock);
        try
        {
            await RequireSameStoreAsync(session);
        }
        catch
        {
            await session.CloseAsync();
            throw;
        }

        return _session = session;
    }

    // A name or an address may lead to another database by now.
    private async Task RequireSameStoreAsync(PostgresSession session)
    {
        var (id, _) = await session.RunAsync(() => PostgresSchema.ReadStoreAsync(session.Connection), mayCommit: false);
        if (id != _store)
        {
            throw new JournalException(JournalErrorCodes.NotAJournal,
                $"The database {session.Server} is another journal than the one this service was started with. Nothing was stored. "
                + "Restart the service if that is meant.", isTransient: false, outcomeUnknown: false);
        }
    }

    private async Task DropAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.CloseAsync();
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>The one thread that owns the one writing connection.</summary>
/// <remarks>SQLite blocks while it flushes; a thread of its own keeps that out of the pool that runs the actors.</remarks>
internal sealed class SqliteWriter
{
    private const int CheckpointPages = 10_000;
    private readonly BlockingCollection<WriteRequest> _requests = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _path;
    private volatile JournalException? _failure;
    private int _pages;

    private SqliteWriter(string path) => _path = path;

    /// <summary>Opens the connection on the new thread; fails as the opening fails.</summary>
    public static async Task<SqliteWriter> StartAsync(string path, Action<SqliteSession> prepare)
    {
        var writer = new SqliteWriter(path);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => writer.Run(prepare, opened)) { IsBackground = true, Name = "journal writer" };
        thread.Start();
        await opened.Task;
        return writer;
    }

    /// <summary>Runs the work on the writer thread, in the order of the calls.</summary>
    /// <remarks>Work that has begun is not cancelled: whether a commit happened would then be unknown for no need.</remarks>
    public Task<T> EnqueueAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellation)
    {
        var request = new WriteRequest<T>(work, cancellation);
        try
        {
            _requests.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(SqliteJournal));
        }

        return request.Task;
    }

    /// <summary>Throws once the connection must not be used any more.</summary>
    public void ThrowIfStopped()
    {
        if (_failure is { } cause)
        {
            throw Stopped(cause);
        }
    }

    /// <summary>Finishes what is queued, and closes the connection.</summary>
    public Task StopAsync()
    {
        _requests.CompleteAdding();
        return _ended.Task;
    }

    private void Run(Action<SqliteSession> prepare, TaskCompletionSource opened)
    {
        SqliteSession? session = null;
        try
        {
            session = Open(prepare);
            opened.SetResult();
            foreach (var request in _requests.GetConsumingEnumerable())
            {
                Serve(session, request);
            }
        }
#pragma warning disable CA1031 // The opener gets whatever went wrong; a thread must not end the process with it.
        catch (Exception error) when (!opened.Task.IsCompleted)
#pragma warning restore CA1031
        {
            opened.SetException(error);
        }
        finally
        {
            session?.Dispose();
            _ended.SetResult();
        }
    }

    // The checkpoint writes into the database file anew whatever an earlier process left in the log, and flushes it. Pages
    // of the log whose flush failed back then may look fine in the page cache only; this makes them durable before any grant.
    private SqliteSession Open(Action<SqliteSession> prepare)
    {
        var session = SqliteSession.OpenWriter(_path);
        try
        {
            prepare(session);
            session.Checkpoint();
            session.TakeWrittenPages();
            return session;
        }
        catch (SqliteException error)
        {
            session.Dispose();
            throw SqliteErrors.Map(error, _path, committing: false);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Serve(SqliteSession session, WriteRequest request)
    {
        if (_failure is { } cause)
        {
            request.Fail(Stopped(cause));
            return;
        }

        request.Run(session, error => _failure = error);
        _pages += session.TakeWrittenPages();
        if (_failure is null && _pages >= CheckpointPages)
        {
            Checkpoint(session); // After the answer: nobody waits for it.
        }
    }

    private void Checkpoint(SqliteSession session)
    {
        _pages = 0;
        try
        {
            session.Checkpoint();
        }
        catch (SqliteException error)
        {
            // A full disk leaves the log as it is, to be copied next time; what is acknowledged is safe in it.
            var mapped = SqliteErrors.Map(error, _path, committing: false);
            _failure = SqliteErrors.StopsTheJournal(mapped) ? mapped : null;
        }
    }

    private static JournalException Stopped(JournalException cause) => new(JournalErrorCodes.Stopped,
        $"The journal has stopped after this error and stored nothing since: {cause.Message} Restart the service once it is solved.",
        isTransient: false, outcomeUnknown: false, cause);
}

using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>A piece of work for the writer thread.</summary>
internal abstract class WriteRequest
{
    /// <summary>Does the work and answers the caller; tells <paramref name="stop"/> first if the journal must not go on.</summary>
    public abstract void Run(SqliteSession session, Action<JournalException> stop);

    /// <summary>Answers without doing the work.</summary>
    public abstract void Fail(Exception error);
}

/// <summary>A piece of work with its result.</summary>
internal sealed class WriteRequest<T>(Func<SqliteSession, T> work, CancellationToken cancellation) : WriteRequest
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _answer.Task;

    public override void Run(SqliteSession session, Action<JournalException> stop)
    {
        if (cancellation.IsCancellationRequested)
        {
            _answer.SetCanceled(cancellation);
            return;
        }

        try
        {
            _answer.SetResult(work(session));
        }
        catch (JournalException error)
        {
            if (SqliteErrors.StopsTheJournal(error))
            {
                stop(error);
            }

            _answer.SetException(error);
        }
#pragma warning disable CA1031 // The caller gets it; the writer thread serves the next one.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _answer.SetException(error);
        }
    }

    public override void Fail(Exception error) => _answer.SetException(error);
}

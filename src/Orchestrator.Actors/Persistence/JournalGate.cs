using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Persistence;

/// <summary>Whether the journal answers; while it does not, the whole node waits at one place instead of failing at many.</summary>
/// <remarks>
/// Closed by a transient error of the writer or of a recovery, opened by the next success. The writer's own attempts are the
/// probe while it has something to write; otherwise the gate asks for the head of a shard, with back-off and jitter.
/// </remarks>
internal sealed class JournalGate(ActorSystem system, RestartPolicy probing, TimeSpan callDeadline)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;
    private volatile bool _isWriterTrying;
    private long _since;
    private bool _isStopped;

    public bool IsAvailable
    {
        get
        {
            lock (_gate)
                return _closed is null;
        }
    }

    /// <summary>The writer has a write that waits, and will notice when the journal answers again.</summary>
    public bool IsWriterTrying
    {
        get => _isWriterTrying;
        set => _isWriterTrying = value;
    }

    /// <summary>Waits until the journal answers.</summary>
    /// <exception cref="JournalException">The system stops.</exception>
    public Task WhenAvailableAsync()
    {
        lock (_gate)
            return _closed?.Task ?? Task.CompletedTask;
    }

    /// <summary>Notes that the journal did not answer as it should.</summary>
    public void Trouble(Exception error)
    {
        lock (_gate)
        {
            if (_closed is not null || _isStopped)
                return;

            _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _since = system.Time.GetTimestamp();
        }

        system.Emit(new KernelEvent.JournalUnavailable(error));
        _ = ProbeAsync();
    }

    /// <summary>Notes that the journal has done what it was asked for.</summary>
    public void Fine()
    {
        TaskCompletionSource? closed;
        lock (_gate)
            (closed, _closed) = (_closed, null);

        if (closed is null)
            return;

        system.Emit(new KernelEvent.JournalAvailable(system.Time.GetElapsedTime(_since)));
        closed.TrySetResult();
    }

    /// <summary>Nobody waits any longer: the system stops.</summary>
    public void Stop()
    {
        TaskCompletionSource? closed;
        lock (_gate)
        {
            _isStopped = true;
            (closed, _closed) = (_closed, null);
        }

        if (closed is null)
            return;

        closed.TrySetException(new JournalException(
            ActorErrorCodes.JournalSilent, "The system stops while the journal does not answer.", isTransient: false, outcomeUnknown: false));
        _ = closed.Task.Exception; // Seen, also when nobody waits.
    }

    /// <summary>Gives a read the time a call may take.</summary>
    /// <exception cref="JournalException"><see cref="ActorErrorCodes.JournalSilent"/>: no answer in time; transient.</exception>
    public async Task<T> WatchAsync<T>(ValueTask<T> read)
    {
        if (read.IsCompletedSuccessfully)
            return read.Result;

        var call = read.AsTask();
        return await EndsWithinAsync(call, callDeadline) ? await call : throw Silent(callDeadline);
    }

    /// <summary>Waits for a call, but not for ever.</summary>
    /// <returns>Whether it has ended, in whatever way.</returns>
    public async Task<bool> EndsWithinAsync(Task call, TimeSpan limit)
    {
        // WhenAny and WaitAsync would leave a single-threaded dispatcher.
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var watchdog = system.Time.CreateTimer(_ => ended.TrySetResult(false), null, limit, Timeout.InfiniteTimeSpan);
        _ = NoteEndAsync();
        return await ended.Task;

        async Task NoteEndAsync()
        {
            try
            {
                await call;
            }
            catch (Exception)
            {
                // Whoever awaits the call gets it.
            }

            ended.TrySetResult(true);
        }
    }

    public static JournalException Silent(TimeSpan after) => new(ActorErrorCodes.JournalSilent,
        $"The journal has not answered within {after}. Check the database and the way to it; the node goes on by itself.",
        isTransient: true, outcomeUnknown: true);

    private async Task ProbeAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            await Task.Delay(probing.Delay(attempt, system.NextRandom()), system.Time);
            if (IsAvailable)
                return;

            if (!IsWriterTrying && await AnswersAsync())
                Fine();
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await WatchAsync(system.Journal.ReadShardHeadAsync(0, CancellationToken.None));
            return true;
        }
        catch (Exception)
        {
            return false; // The first error was reported; the next probe comes.
        }
    }
}

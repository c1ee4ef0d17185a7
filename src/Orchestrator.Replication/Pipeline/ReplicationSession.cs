using Orchestrator.Replication.Resync;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>Replicates one machine to one replica until it is stopped or something fails. Runs once: create a new one to go on.</summary>
/// <remarks>
/// capture reader and copy -> coalesce -> compress and encrypt (in parallel, order kept) -> send (windowed) -> acknowledge -> release the log.
/// A new session continues from the target's cursor: nothing acknowledged is sent again. Errors are thrown, not retried; when
/// to try again is the caller's to decide.
/// </remarks>
public sealed class ReplicationSession
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(200);
    private readonly ReplicationOptions _options;
    private readonly StatusBoard _board = new();
    private readonly EpochCutter _cutter;
    private readonly ByteCredit _memory;
    private int _runs;

    /// <summary>Creates a session; nothing happens until <see cref="RunAsync"/>.</summary>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public ReplicationSession(ReplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _cutter = new EpochCutter(options, _board);
        _memory = new ByteCredit(options.CreditBytes);
    }

    /// <summary>The session now.</summary>
    public ReplicationStatus Status => _board.Status with { BacklogBytes = _options.Source.BacklogBytes };

    /// <summary>The most bytes its batches held at once; at most <see cref="ReplicationOptions.CreditBytes"/>.</summary>
    public long PeakBytes => _memory.Peak;

    /// <summary>Makes the next session that is asked for a copy begin it anew, although the file holds one.</summary>
    public static void ForgetCopy(string progressPath) => File.Delete(progressPath);

    /// <summary>Replicates until <paramref name="stop"/> is cancelled; then returns promptly, with no batch on its way any more.</summary>
    /// <exception cref="ReplicationException">The session failed; <see cref="ReplicationStatus.NeedsResync"/> tells whether only a resync helps.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        if (Interlocked.Increment(ref _runs) > 1)
        {
            throw new InvalidOperationException("A session runs once.");
        }

        try
        {
            await ReplicateAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _board.Update(status => status with { Phase = ReplicationPhase.Stopped });
        }
        catch (Exception cause)
        {
            _board.Fail(cause);
            throw;
        }
    }

    /// <summary>Completes when the target has applied everything up to and including this mark.</summary>
    /// <param name="finalMark">Usually the one of the final cut, with nothing after it.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="ReplicationException">The session ended before, or the replica is not consistent there.</exception>
    public async Task DrainAsync(EpochMark finalMark, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(finalMark);
        _cutter.Seen(finalMark);
        while (true)
        {
            var changed = _board.Changed;
            if (IsApplied(finalMark))
            {
                return;
            }

            RequireRunning();
            if (_board.Cursor is { } cursor && cursor.DurableSequence >= finalMark.Sequence)
            {
                await Task.Delay(DrainPoll, _options.Time, cancellation);
                _board.Observe(await _options.Link.GetCursorAsync(cancellation));
            }
            else
            {
                await changed.WaitAsync(cancellation);
            }
        }
    }

    private bool IsApplied(EpochMark mark)
    {
        if (_board.Cursor is not { } cursor || cursor.Incarnation != _options.Source.Incarnation
            || cursor.AppliedSequence < mark.Sequence)
        {
            return false;
        }

        return cursor.Consistent ? true : throw new ReplicationException(
            ErrorCodes.ReplicaState,
            "The replica has applied everything, but its copy is not complete. Wait for the copy or the resync to end.", isTransient: true);
    }

    private void RequireRunning()
    {
        if (_board.Failure is { } failure)
        {
            throw failure as ReplicationException ?? new ReplicationException(
                ErrorCodes.TargetFailed, $"Replication failed: {failure.Message}", isTransient: false, failure);
        }

        if (_board.Status.Phase == ReplicationPhase.Stopped)
        {
            throw new ReplicationException(
                ErrorCodes.TargetUnreachable, "Replication was stopped before everything had arrived. Start it again.", isTransient: true);
        }
    }

    private async Task ReplicateAsync(CancellationToken stop)
    {
        _board.Update(status => status with { Phase = ReplicationPhase.Opening });
        var progress = CopyPlan.Decide(_options, await _options.Link.GetCursorAsync(stop), _board);
        var session = _options.NewId();
        var cursor = await OpenAsync(session, stop);
        try
        {
            await new Shipment(_options, session, _board, _cutter, _memory, progress).RunAsync(cursor, stop);
        }
        finally
        {
            progress.SaveRest();
        }
    }

    private async Task<ReplicaCursor> OpenAsync(Guid session, CancellationToken stop)
    {
        var source = _options.Source;
        var request = new SessionRequest(session, source.Incarnation, _options.Activation, source.DiskLengths);
        var cursor = await _options.Link.OpenSessionAsync(request, stop);
        if (cursor.Incarnation != source.Incarnation || cursor.DurableSequence > source.LastSequence)
        {
            _board.Update(status => status with { NeedsResync = true });
            throw new ReplicationException(
                ErrorCodes.ReplicaState,
                $"The replica holds changes up to {cursor.DurableSequence}, the source knows only {source.LastSequence}: "
                + "the source's log was lost or put back. Run a resync.", isTransient: false);
        }

        _board.Observe(cursor);
        source.Release(cursor.DurableSequence);
        return cursor;
    }
}

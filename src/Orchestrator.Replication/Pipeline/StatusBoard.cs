using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>Where the stages of a session write what they did, and others read it. Thread-safe.</summary>
internal sealed class StatusBoard
{
    private readonly Lock _gate = new();
    private readonly Queue<EpochMark> _shipped = new();
    private ReplicationStatus _status = new(ReplicationPhase.Idle, 0, 0, 0, 0, 0, 0, 0, 0, false, null, false, null);
    private ReplicaCursor? _cursor;
    private Exception? _failure;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ReplicationStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    internal ReplicaCursor? Cursor
    {
        get
        {
            lock (_gate)
            {
                return _cursor;
            }
        }
    }

    /// <summary>What ended the session, once it has failed.</summary>
    internal Exception? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <summary>Completes at the next change; take it before looking at what may change.</summary>
    internal Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    internal void Update(Func<ReplicationStatus, ReplicationStatus> change)
    {
        lock (_gate)
        {
            _status = change(_status);
            Signal();
        }
    }

    internal void Fail(Exception cause)
    {
        var error = cause as ReplicationException;
        lock (_gate)
        {
            _failure = cause;
            _status = _status with
            {
                Phase = ReplicationPhase.Failed,
                LastError = new ReplicationFailure(error?.Code, cause.Message, error?.IsTransient ?? false),
                NeedsResync = _status.NeedsResync
                    || error?.Code is ErrorCodes.ChangeLogCorrupt or ErrorCodes.ChangeLogFull or ErrorCodes.DiskChangedOffline,
            };
            Signal();
        }
    }

    /// <summary>A cursor came from the target: answers may arrive late, so only progress counts.</summary>
    internal void Observe(ReplicaCursor cursor)
    {
        lock (_gate)
        {
            if (_cursor is { } known
                && (cursor.NextBatch < known.NextBatch || cursor.AppliedSequence < known.AppliedSequence))
            {
                return;
            }

            _cursor = cursor;
            _status = _status with
            {
                AcknowledgedSequence = cursor.DurableSequence,
                AppliedEpoch = cursor.AppliedEpoch,
                AppliedSequence = cursor.AppliedSequence,
                Consistent = cursor.Consistent,
            };
            AdvanceRecoverable(cursor);
            Signal();
        }
    }

    /// <summary>A batch ending in this mark, exact, was acknowledged.</summary>
    internal void Shipped(EpochMark mark)
    {
        lock (_gate)
        {
            _shipped.Enqueue(mark);
        }
    }

    /// <summary>At <paramref name="time"/> the source had changed nothing since the mark numbered <paramref name="sequence"/>.</summary>
    internal void Unchanged(long sequence, DateTimeOffset time)
    {
        lock (_gate)
        {
            if (_cursor is { Consistent: true } cursor && cursor.AppliedSequence >= sequence)
            {
                _status = _status with { RecoverableAsOf = time };
                Signal();
            }
        }
    }

    private void AdvanceRecoverable(ReplicaCursor cursor)
    {
        while (_shipped.TryPeek(out var mark) && mark.Sequence <= cursor.AppliedSequence)
        {
            _shipped.Dequeue();
            _status = _status with { RecoverableAsOf = mark.TakenAt };
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}

using System.Security.Cryptography;

namespace Orchestrator.Replication.Target;

/// <content>The applier: one thread that turns stored batches into disk content and recovery points.</content>
public sealed partial class ReplicaStore
{
    /// <summary>How much an inconsistent replica applies between two flushes of its disks.</summary>
    private const long UnitBytes = 64L * 1024 * 1024;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Thread _applier;
    private readonly List<(long Sequence, TaskCompletionSource Done)> _waiters = [];
    private ITimer? _retryTimer;

    // The applied mark once its point is listed and retention is done: what is waited for.
    private long _settledSequence;
    private bool _retryDue;
    private bool _halfApplied;
    private IngestEntry? _current;

    /// <summary>Completes when the disks hold everything up to a mark.</summary>
    /// <param name="sequence">A mark's sequence number of the current incarnation; see <see cref="CompleteSequence"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ReplicationException">The replica cannot go on; a full disk is waited out.</exception>
    public Task DrainAsync(long sequence, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource done;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_settledSequence >= sequence)
            {
                return Task.CompletedTask;
            }

            if (_fault is { Scope: not FaultScope.Retry } fault)
            {
                return Task.FromException(fault.ToException());
            }

            done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((sequence, done));
        }

        return done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Hashes the disks at the applied sequence, after applying what has arrived completely. Applying waits meanwhile.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaState"/> while the disks are at no epoch's end:
    /// a copy is under way, or an epoch is half applied and its rest is missing.</exception>
    public ReplicaDigest Digest()
    {
        WaitUntilApplied();
        lock (_apply)
        {
            if (State != ReplicaState.Committed && (_halfApplied || !_control.Consistent))
            {
                throw new ReplicationException(
                    ErrorCodes.ReplicaState, "The disks are between two epochs until more batches arrive. Try again later.", true);
            }

            return new ReplicaDigest(_control.AppliedSequence, _images.Disks.Select(Hash).ToList());
        }
    }

    private static byte[] Hash(BaseDisk disk)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (long offset = 0; offset < disk.Length; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, disk.Length - offset));
            disk.Read(offset, part);
            hash.AppendData(part);
        }

        return hash.GetHashAndReset();
    }

    private void ApplyLoop()
    {
        while (WaitForUnit())
        {
            try
            {
                ApplyNext();
            }
            catch (ReplicationException e)
            {
                OnApplyFailed(e);
            }
            catch (OperationCanceledException)
            {
                return; // The store is being closed between two batches.
            }
            catch (Exception e)
            {
                Fail(new ReplicaFault(FaultScope.Store, new ReplicationException(
                    ErrorCodes.TargetFailed, $"Applying to the replica in {_options.Directory} failed: {e.Message} Open it anew.", false, e)));
            }
        }
    }

    private bool WaitForUnit()
    {
        lock (_gate)
        {
            while (!_stopping && !CanApply())
            {
                Monitor.Wait(_gate);
            }

            _retryDue = false;
            return !_stopping;
        }
    }

    private bool CanApply()
    {
        var control = Volatile.Read(ref _control);
        return control.State == ReplicaState.Receiving
            && (_fault is null || (_fault.Scope == FaultScope.Retry && _retryDue))
            && _backlog.HasUnit(control.Consistent);
    }

    private void ApplyNext()
    {
        lock (_apply)
        {
            IReadOnlyList<IngestEntry> unit;
            lock (_gate)
            {
                _retryDue = true; // Having come this far, a retry is what this is.
                unit = CanApply() ? _backlog.NextUnit(_control.Consistent, UnitBytes) : [];
            }

            if (unit.Count > 0)
            {
                ApplyUnit(unit);
            }
        }
    }

    private void ApplyUnit(IReadOnlyList<IngestEntry> unit)
    {
        _halfApplied = true;
        foreach (var entry in unit)
        {
            if (Volatile.Read(ref _stopping))
            {
                throw new OperationCanceledException();
            }

            _current = entry;
            var changes = Decode(entry);
            _current = null;
            _images.Apply(changes);
        }

        _images.Flush();
        Advance(unit);
        _halfApplied = false;
    }

    private IReadOnlyList<ReplicaChange> Decode(IngestEntry entry)
    {
        var changes = entry.Decode(_options.Codec);
        foreach (var change in changes)
        {
            if ((uint)change.Disk >= (uint)_images.Disks.Count || change.Offset < 0 || change.Length <= 0
                || change.Offset > _images.Disks[change.Disk].Length - change.Length
                || (!change.IsZero && change.Data.Length != change.Length))
            {
                throw new ReplicationException(
                    ErrorCodes.BatchRejected,
                    $"Batch {entry.Number} changes bytes {change.Offset}+{change.Length} of disk {change.Disk}, which do not exist.", false);
            }
        }

        return changes;
    }

    /// <summary>The disks hold the unit durably: records that, and lets the batches go.</summary>
    private void Advance(IReadOnlyList<IngestEntry> unit)
    {
        var last = unit[^1];
        var end = last.Header.End;
        var next = end is { Consistent: true } ? _images.Undo.CreateNext(PointAt(end, last)) : null;
        var prefix = unit.Max(e => Math.Max(e.Header.LastSequence, e.Header.End?.Mark.Sequence ?? 0));
        UpdateControl(c => c with
        {
            NextApply = last.Number + 1,
            PrefixSequence = Math.Max(c.PrefixSequence, prefix),
            AppliedEpoch = end?.Mark.Epoch ?? c.AppliedEpoch,
            AppliedSequence = end?.Mark.Sequence ?? c.AppliedSequence,
            Consistent = end?.Consistent ?? c.Consistent,
            Interval = next?.Ordinal ?? c.Interval,
            IntervalDurable = next?.Tail ?? _images.Undo.Running?.Tail ?? 0,
        });
        if (next is not null)
        {
            _images.StartInterval(next);
            _images.Retain(_options.Retention);
        }

        _ingest.Discard(last.Number + 1);
        lock (_gate)
        {
            _backlog.RemoveApplied(unit.Count);
            _settledSequence = _control.AppliedSequence;
            _fault = _fault is { Scope: FaultScope.Retry } ? null : _fault;
            Monitor.PulseAll(_gate);
        }

        CompleteWaiters();
    }

    private RecoveryPoint PointAt(EpochEnd end, IngestEntry last) => new(
        end.Mark.PointId, _control.Incarnation, end.Mark.Epoch, end.Mark.Sequence, end.Mark.Kind, end.Mark.TakenAt,
        last.ReceivedAt, _options.TimeProvider.GetUtcNow(), _control.DiskLengths);

    private void OnApplyFailed(ReplicationException error)
    {
        var damaged = Interlocked.Exchange(ref _current, null);
        if (damaged is not null && error.Code is ErrorCodes.ReplicaCorrupt or ErrorCodes.BatchRejected)
        {
            _ingest.MarkDamaged(damaged!);
            Fail(new ReplicaFault(FaultScope.Session, error, damaged!.Number));
        }
        else if (error.Code == ErrorCodes.DiskFull)
        {
            Fail(new ReplicaFault(FaultScope.Retry, error));
            _retryTimer ??= _options.TimeProvider.CreateTimer(_ => Retry(), null, RetryInterval, RetryInterval);
        }
        else
        {
            Fail(new ReplicaFault(FaultScope.Store, error));
        }
    }

    private void Retry()
    {
        lock (_gate)
        {
            _retryDue = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for what could be applied at the time of the call.</summary>
    private void WaitUntilApplied()
    {
        lock (_gate)
        {
            var target = _backlog.NextBatch;
            while (_backlog.NextApply < target && _backlog.HasUnit(_control.Consistent) && State == ReplicaState.Receiving)
            {
                ObjectDisposedException.ThrowIf(_stopping, this);
                if (_fault is { } fault)
                {
                    throw fault.ToException();
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private void CompleteWaiters()
    {
        List<TaskCompletionSource> done;
        lock (_gate)
        {
            done = _waiters.Where(w => w.Sequence <= _settledSequence).Select(w => w.Done).ToList();
            _waiters.RemoveAll(w => w.Sequence <= _settledSequence || w.Done.Task.IsCompleted);
        }

        done.ForEach(d => d.TrySetResult());
    }

    private void FailWaiters(Exception error)
    {
        List<TaskCompletionSource> all;
        lock (_gate)
        {
            all = _waiters.Select(w => w.Done).ToList();
            _waiters.Clear();
        }

        all.ForEach(d => d.TrySetException(error));
    }
}

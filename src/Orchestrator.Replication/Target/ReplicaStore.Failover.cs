using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <content>Failover: activate, change or cancel, commit.</content>
public sealed partial class ReplicaStore
{
    private PointMount? _active;
    private List<MountDevice>? _committed;

    private string ActiveDirectory => Path.Combine(_options.Directory, "active");

    /// <summary>Makes the replica the machine's disks, as of a point. From then on no session is accepted.</summary>
    /// <remarks>Writes go to an overlay until <see cref="Commit"/>, so that <see cref="Deactivate"/> can take everything back. The same
    /// operation again returns the same disks, also after a restart and after the commit.</remarks>
    /// <param name="operation">The operation's id; <see cref="Deactivate"/> and <see cref="Commit"/> name it.</param>
    /// <param name="pointId">The point; null is the newest applied. Call <see cref="DrainAsync"/> first to include what has only been received.</param>
    /// <param name="activation">The activation number this site becomes the active one under, above that of every session.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaState"/> when active under another operation or the operation was taken back,
    /// <see cref="ErrorCodes.PointNotFound"/>, <see cref="ErrorCodes.SessionFenced"/> for an activation
    /// that is over, <see cref="ErrorCodes.ReplicaCorrupt"/>.</exception>
    public MountedPoint Activate(Guid operation, Guid? pointId, long activation)
    {
        lock (_operations)
        {
            if (State != ReplicaState.Receiving)
            {
                return Reactivate(operation);
            }

            RefuseActivation(operation, activation);
            // Between two units: nothing is applied any more once the state has changed.
            lock (_apply)
            {
                var point = pointId ?? LatestPoint().Id;
                PointMount.Delete(Path.Combine(ActiveDirectory, operation.ToString("N")), _step);
                var mount = PointMount.Create(ActiveDirectory, operation, point, AllDisks(), _images, _step);
                try
                {
                    UpdateControl(c => c with
                    {
                        State = ReplicaState.Active,
                        ActiveOperation = operation,
                        ActivePoint = mount.Mounted.Point,
                        ActiveActivation = activation,
                    });
                }
                catch
                {
                    mount.Close();
                    throw;
                }

                _active = mount;
                return mount.Mounted;
            }
        }
    }

    /// <summary>Takes an activation back: what was written since is thrown away, the replica receives again.</summary>
    /// <remarks>Cancels a failover, or comes before activating another point. Nothing happens when it was taken back already.</remarks>
    /// <param name="operation">The operation that activated.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaState"/> once a commit has begun, or for another operation's activation.</exception>
    public void Deactivate(Guid operation)
    {
        lock (_operations)
        {
            if (State is ReplicaState.Committing or ReplicaState.Committed)
            {
                throw InState("taken back", "A commit is final");
            }

            if (State == ReplicaState.Active && _control.ActiveOperation != operation)
            {
                throw OtherOperation(operation);
            }

            // Nothing may be acknowledged to the machine once the decision is durable.
            _active?.Close();
            _active = null;
            if (_control.CancelledOperation != operation)
            {
                UpdateControl(c => c with
                {
                    State = ReplicaState.Receiving,
                    ActiveOperation = Guid.Empty,
                    ActivePoint = null,
                    ActiveActivation = 0,
                    CancelledOperation = operation,
                });
            }

            PointMount.Delete(Path.Combine(ActiveDirectory, operation.ToString("N")), _step);
            Retry();
        }
    }

    /// <summary>Makes an activation final: the disks become the point plus everything written since; points and history are deleted.</summary>
    /// <remarks>The machine may go on using the disks meanwhile; it is held up only for the last pages. Interrupted anywhere, calling it again
    /// finishes it. It needs space only where the disks do.</remarks>
    /// <param name="operation">The operation that activated.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaState"/> when not active under the operation or while a point is open
    /// elsewhere; <see cref="ErrorCodes.ReplicaCorrupt"/> when old content is damaged: then nothing has been changed yet.</exception>
    public void Commit(Guid operation)
    {
        lock (_operations)
        {
            if (State == ReplicaState.Receiving || _control.ActiveOperation != operation)
            {
                throw OtherOperation(operation);
            }

            if (State != ReplicaState.Committed)
            {
                Merge(ActiveMount());
            }

            DropHistory();
        }
    }

    private void Merge(PointMount mount)
    {
        RefuseWhileOthersRead(mount);
        var merge = new PointMerge(mount, _images, _step);
        if (State == ReplicaState.Active)
        {
            merge.Verify();
            UpdateControl(c => c with { State = ReplicaState.Committing });
        }

        merge.RollBack();
        merge.Copy();
        mount.Devices.ToList().ForEach(d => d.Pause());
        try
        {
            merge.Finish();
            UpdateControl(c => c with { State = ReplicaState.Committed, DiskLengths = mount.Mounted.Point.DiskLengths });
            for (var i = 0; i < mount.Devices.Count; i++)
            {
                mount.Devices[i].Replace(_images.Disks[mount.Disks[i]]);
            }

            _committed = mount.Devices.ToList();
        }
        finally
        {
            mount.Devices.ToList().ForEach(d => d.Resume());
        }

        mount.CloseParts();
    }

    /// <summary>What is left to do once the disks are final; repeated until it has been done.</summary>
    private void DropHistory()
    {
        _active = null;
        foreach (var directory in MountDirectories(ActiveDirectory).Concat(MountDirectories(TestsDirectory)))
        {
            PointMount.Delete(directory, _step);
        }

        _images.Undo.DropAll();
        lock (_gate)
        {
            _backlog.Reset(_control.NextApply, _control.PrefixSequence, _control.AppliedEpoch, _control.AppliedSequence);
        }

        _ingest.StartSession(Guid.Empty, Guid.Empty, 0);
        _ingest.Clear();
    }

    private MountedPoint Reactivate(Guid operation)
    {
        if (_control.ActiveOperation != operation)
        {
            throw OtherOperation(operation);
        }

        if (State != ReplicaState.Committed)
        {
            return ActiveMount().Mounted;
        }

        _committed ??= _images.Disks.Select((d, i) => new MountDevice(d, $"Disk {i}")).ToList();
        return new MountedPoint(operation, _control.ActivePoint!, _committed.ToList<IBlockDevice>(), AllDisks());
    }

    private PointMount ActiveMount() =>
        _active ??= PointMount.TryReopen(Path.Combine(ActiveDirectory, _control.ActiveOperation.ToString("N")), _images)
            ?? throw new ReplicationException(
                ErrorCodes.ReplicaCorrupt, $"The overlay of the operation {_control.ActiveOperation} is gone. Cancel the failover and start it again.", false);

    private void RefuseActivation(Guid operation, long activation)
    {
        if (operation == Guid.Empty || _control.CancelledOperation == operation)
        {
            throw new ReplicationException(
                ErrorCodes.ReplicaState, $"The operation {operation} was taken back. Activate under a new one.", isTransient: false);
        }

        if (activation <= _control.Activation)
        {
            throw new ReplicationException(
                ErrorCodes.SessionFenced,
                $"Activation {activation} is over: the source is active under {_control.Activation}.", isTransient: false);
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_fault is { Scope: FaultScope.Store or FaultScope.History } fault)
            {
                throw fault.ToException();
            }
        }
    }

    private void RefuseWhileOthersRead(PointMount mount)
    {
        if (_images.OpenPoints().Count > mount.Views.Count)
        {
            throw new ReplicationException(
                ErrorCodes.ReplicaState, "A recovery point is still open: end the test failover or the export first.", isTransient: true);
        }
    }

    private ReplicationException OtherOperation(Guid operation) => new(
        ErrorCodes.ReplicaState,
        State == ReplicaState.Receiving
            ? $"The replica is not active under the operation {operation}: it receives."
            : $"The replica is {State} under the operation {_control.ActiveOperation}, not {operation}.",
        isTransient: false);
}

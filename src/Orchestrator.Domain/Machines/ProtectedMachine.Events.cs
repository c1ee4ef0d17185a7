namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    /// <summary>What has happened to a machine.</summary>
    /// <param name="At">When, UTC.</param>
    public abstract record Event(DateTimeOffset At) : IEvent
    {
        /// <summary>A request was accepted.</summary>
        /// <param name="Operation">The request.</param>
        /// <param name="Caller">Who asked.</param>
        /// <param name="At">When.</param>
        public abstract record OperationStarted(OperationId Operation, string Caller, DateTimeOffset At) : Event(At)
        {
            /// <summary>What was asked.</summary>
            public abstract MachineOperation Asked { get; }
        }

        /// <summary>A request was accepted that takes steps.</summary>
        /// <param name="Operation">The request.</param>
        /// <param name="Steps">Its steps: a history replays with the steps it was decided with, whatever the table says
        /// later.</param>
        /// <param name="Caller">Who asked.</param>
        /// <param name="At">When.</param>
        public abstract record WorkflowStarted(OperationId Operation, StepList Steps, string Caller, DateTimeOffset At)
            : OperationStarted(Operation, Caller, At)
        {
            /// <summary>The kind of workflow.</summary>
            public abstract WorkflowKind Kind { get; }

            internal Workflow Workflow => Workflow.Start(Operation, Kind, Steps, Caller);
        }

        /// <summary>Enabling protection began.</summary>
        public sealed record ProtectionEnablingStarted(
            OperationId Operation, Protection Protection, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Enable;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Enable;
        }

        /// <summary>Source and replica are ready.</summary>
        public sealed record ProtectionEnabled(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>Copying the disks began, or began anew.</summary>
        /// <param name="IsResync">Whether the standby disks hold an older state, so that only differing blocks
        /// travel.</param>
        /// <param name="At">When.</param>
        public sealed record InitialReplicationStarted(bool IsResync, DateTimeOffset At) : Event(At);

        /// <summary>Copying got on.</summary>
        public sealed record InitialReplicationProgressed(long BytesDone, long BytesTotal, DateTimeOffset At)
            : Event(At);

        /// <summary>The replica is complete and consistent.</summary>
        public sealed record InitialReplicationCompleted(DateTimeOffset At) : Event(At);

        /// <summary>A recovery point can be chosen.</summary>
        public sealed record RecoveryPointRecorded(RecoveryPoint Point, DateTimeOffset At) : Event(At);

        /// <summary>Recovery points can no longer be chosen.</summary>
        public sealed record RecoveryPointsExpired(PointIdList Points, DateTimeOffset At) : Event(At);

        /// <summary>Replication failed.</summary>
        /// <param name="Code">The code of the error.</param>
        /// <param name="Message">What happened.</param>
        /// <param name="IsTransient">Whether it may heal by itself.</param>
        /// <param name="Attempt">How many attempts in a row have failed.</param>
        /// <param name="RetryAt">When it is tried again; null when it is not transient.</param>
        /// <param name="Generation">The number of the failure; the retry timer carries it.</param>
        /// <param name="At">When.</param>
        public sealed record ReplicationFailed(
            string Code, string Message, bool IsTransient, int Attempt, DateTimeOffset? RetryAt, long Generation,
            DateTimeOffset At)
            : Event(At);

        /// <summary>Replication is tried again.</summary>
        public sealed record ReplicationRetried(long Generation, DateTimeOffset At) : Event(At);

        /// <summary>Replication works again.</summary>
        public sealed record ReplicationRecovered(DateTimeOffset At) : Event(At);

        /// <summary>Source and replica must be compared.</summary>
        public sealed record ResyncMarked(string Reason, DateTimeOffset At) : Event(At);

        /// <summary>Comparing began.</summary>
        public sealed record ResyncStarted(string Caller, DateTimeOffset At) : Event(At);

        /// <summary>Source and replica are the same again.</summary>
        public sealed record ResyncCompleted(DateTimeOffset At) : Event(At);

        /// <summary>A test failover began.</summary>
        public sealed record TestFailoverStarted(
            OperationId Operation, RecoveryPointId Point, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.TestFailover;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.TestFailover;
        }

        /// <summary>The test machine runs.</summary>
        public sealed record TestFailoverCompleted(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>Removing the test machine began.</summary>
        public sealed record TestCleanupStarted(
            OperationId Operation, string Notes, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.CleanUpTest;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Cleanup;
        }

        /// <summary>The test is over.</summary>
        /// <param name="Operation">The cleanup.</param>
        /// <param name="Notes">What the operator had to say.</param>
        /// <param name="IsDrill">Whether the test machine had run, so that this counts as a successful drill.</param>
        /// <param name="At">When.</param>
        public sealed record TestFailoverCleanedUp(OperationId Operation, string Notes, bool IsDrill, DateTimeOffset At)
            : Event(At);

        /// <summary>A failover began.</summary>
        public sealed record FailoverStarted(
            OperationId Operation, FailoverKind FailoverKind, RecoveryPointId? Point, long Activation, StepList Steps,
            string Caller,
            DateTimeOffset At) : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => FailoverKind == FailoverKind.Planned
                ? MachineOperation.PlannedFailover
                : MachineOperation.UnplannedFailover;

            /// <inheritdoc/>
            public override WorkflowKind Kind => FailoverKind == FailoverKind.Planned
                ? WorkflowKind.PlannedFailover
                : WorkflowKind.UnplannedFailover;
        }

        /// <summary>The machine runs at the target, from this point.</summary>
        /// <param name="Operation">The failover.</param>
        /// <param name="Point">The point.</param>
        /// <param name="Loss">How much time's worth of writes is lost at most; zero for a planned failover.</param>
        /// <param name="At">When.</param>
        public sealed record FailoverCompleted(
            OperationId Operation, RecoveryPointId Point, TimeSpan Loss, DateTimeOffset At)
            : Event(At);

        /// <summary>Going to another point began.</summary>
        public sealed record PointChangeStarted(
            OperationId Operation, RecoveryPointId Point, long Activation, StepList Steps, string Caller,
            DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.ChangePoint;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.ChangePoint;
        }

        /// <summary>The machine runs from another point; see <see cref="FailoverCompleted"/>.</summary>
        public sealed record PointChanged(
            OperationId Operation, RecoveryPointId Point, TimeSpan Loss, DateTimeOffset At)
            : Event(At);

        /// <summary>Making the failover final began: no way back from here.</summary>
        public sealed record CommitStarted(OperationId Operation, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Commit;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Commit;
        }

        /// <summary>The failover is final, its points are gone.</summary>
        public sealed record Committed(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>Going back to the source began.</summary>
        public sealed record CancelStarted(
            OperationId Operation, long Activation, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Cancel;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Cancel;
        }

        /// <summary>The machine runs at the source again, protected as before.</summary>
        public sealed record FailoverCancelled(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>Preparing the other direction began.</summary>
        public sealed record ReverseReplicationStarted(
            OperationId Operation, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.ReverseReplicate;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Reverse;
        }

        /// <summary>The other direction is ready to replicate.</summary>
        public sealed record ReverseReplicationEstablished(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>Ending protection began.</summary>
        public sealed record DisableStarted(OperationId Operation, StepList Steps, string Caller, DateTimeOffset At)
            : WorkflowStarted(Operation, Steps, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Disable;

            /// <inheritdoc/>
            public override WorkflowKind Kind => WorkflowKind.Disable;
        }

        /// <summary>The machine is not protected any more.</summary>
        public sealed record ProtectionDisabled(OperationId Operation, DateTimeOffset At) : Event(At);

        /// <summary>An operator wants what has failed to be tried at once.</summary>
        public sealed record Resumed(OperationId Operation, string Caller, DateTimeOffset At)
            : OperationStarted(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Resume;
        }

        /// <summary>A step's effect may exist from here on.</summary>
        public sealed record StepStarted(OperationId Operation, Step Step, DateTimeOffset At) : Event(At);

        /// <summary>A step is done.</summary>
        public sealed record StepCompleted(OperationId Operation, Step Step, string Detail, DateTimeOffset At)
            : Event(At);

        /// <summary>A step failed; it is tried again at <paramref name="RetryAt"/>, or waits for an operator if that is
        /// null.</summary>
        public sealed record StepFailed(
            OperationId Operation, Step Step, string Code, string Message, int Attempt, DateTimeOffset? RetryAt,
            DateTimeOffset At)
            : Event(At);

        /// <summary>A step failed and is left out: the workflow goes on without it.</summary>
        public sealed record StepSkipped(
            OperationId Operation, Step Step, string Code, string Message, DateTimeOffset At)
            : Event(At);
    }
}

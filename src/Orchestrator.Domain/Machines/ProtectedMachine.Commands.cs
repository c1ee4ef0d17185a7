namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    /// <summary>What can be asked of or told to a machine.</summary>
    /// <param name="At">When it was sent, UTC: the only time a decision knows.</param>
    public abstract record Command(DateTimeOffset At)
    {
        /// <summary>A request of an operator.</summary>
        /// <param name="Operation">Its id; an accepted request that is sent again has no second effect.</param>
        /// <param name="Caller">Who asks.</param>
        /// <param name="At">When.</param>
        public abstract record Operator(OperationId Operation, string Caller, DateTimeOffset At) : Command(At)
        {
            /// <summary>What is asked.</summary>
            public abstract MachineOperation Asked { get; }
        }

        /// <summary>A report of the link.</summary>
        /// <param name="Activation">The fencing number the link replicates under; a report under another one is
        /// refused.</param>
        /// <param name="At">When.</param>
        public abstract record Report(long Activation, DateTimeOffset At) : Command(At);

        /// <summary>Asks for the machine's state; changes nothing.</summary>
        public sealed record Look(DateTimeOffset At) : Command(At);

        /// <summary>Enables protection.</summary>
        public sealed record Enable(
            OperationId Operation, MachineId Machine, ScenarioId Scenario, SiteName Primary, SiteName Recovery,
            DiskList Disks,
            TimeSpan PointInterval, string Caller, DateTimeOffset At) : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Enable;
        }

        /// <summary>A step is about to be carried out.</summary>
        public sealed record BeginStep(OperationId Operation, Step Step, DateTimeOffset At) : Command(At);

        /// <summary>A step is done.</summary>
        public sealed record CompleteStep(OperationId Operation, Step Step, string Detail, DateTimeOffset At)
            : Command(At);

        /// <summary>A step failed; its effect may exist nevertheless.</summary>
        public sealed record FailStep(
            OperationId Operation, Step Step, string Code, string Message, bool IsTransient,
            DateTimeOffset At) : Command(At);

        /// <summary>Initial replication got on.</summary>
        public sealed record ReportInitialProgress(long Activation, long BytesDone, long BytesTotal, DateTimeOffset At)
            : Report(Activation, At);

        /// <summary>The replica is complete and consistent.</summary>
        public sealed record CompleteInitialReplication(long Activation, DateTimeOffset At) : Report(Activation, At);

        /// <summary>A recovery point is durable on the target.</summary>
        public sealed record RecordPoint(long Activation, RecoveryPoint Point, DateTimeOffset At)
            : Report(Activation, At);

        /// <summary>Recovery points have gone by retention; the newest and the one under test never go.</summary>
        public sealed record ExpirePoints(PointIdList Points, DateTimeOffset At) : Command(At);

        /// <summary>Replication failed.</summary>
        public sealed record ReportReplicationFailure(
            long Activation, string Code, string Message, bool IsTransient, DateTimeOffset At) : Report(Activation, At);

        /// <summary>The retry timer of a failure is due.</summary>
        public sealed record RetryReplication(long Generation, DateTimeOffset At) : Command(At);

        /// <summary>Replication works again.</summary>
        public sealed record ReportReplicationRecovered(long Activation, DateTimeOffset At) : Report(Activation, At);

        /// <summary>The change log cannot feed replication any more: source and replica must be compared.</summary>
        public sealed record MarkResync(long Activation, string Reason, DateTimeOffset At) : Report(Activation, At);

        /// <summary>Compares source and replica now: the window opened, or an operator wants it.</summary>
        public sealed record StartResync(string Caller, DateTimeOffset At) : Command(At);

        /// <summary>Source and replica are the same again.</summary>
        public sealed record CompleteResync(long Activation, DateTimeOffset At) : Report(Activation, At);

        /// <summary>Starts a copy from a point, or from the latest for null.</summary>
        public sealed record StartTestFailover(
            OperationId Operation, RecoveryPointId? Point, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.TestFailover;
        }

        /// <summary>Removes the test copy.</summary>
        public sealed record CleanUpTest(OperationId Operation, string Notes, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.CleanUpTest;
        }

        /// <summary>Fails over to a point, or to the latest for null; a planned one only to its own final
        /// point.</summary>
        public sealed record FailOver(
            OperationId Operation, FailoverKind Kind, RecoveryPointId? Point, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked =>
                Kind == FailoverKind.Planned ? MachineOperation.PlannedFailover : MachineOperation.UnplannedFailover;
        }

        /// <summary>Goes to another recovery point before commit.</summary>
        public sealed record ChangePoint(OperationId Operation, RecoveryPointId Point, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.ChangePoint;
        }

        /// <summary>Makes the failover final.</summary>
        public sealed record Commit(OperationId Operation, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Commit;
        }

        /// <summary>Goes back to the source; possible until commit.</summary>
        public sealed record Cancel(OperationId Operation, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Cancel;
        }

        /// <summary>Replicates from where the machine now runs to where it ran before.</summary>
        public sealed record ReverseReplicate(OperationId Operation, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.ReverseReplicate;
        }

        /// <summary>Tries at once what has failed: a step, or replication.</summary>
        public sealed record Resume(OperationId Operation, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Resume;
        }

        /// <summary>Ends protection; the machine goes on where it runs.</summary>
        public sealed record Disable(OperationId Operation, string Caller, DateTimeOffset At)
            : Operator(Operation, Caller, At)
        {
            /// <inheritdoc/>
            public override MachineOperation Asked => MachineOperation.Disable;
        }
    }
}

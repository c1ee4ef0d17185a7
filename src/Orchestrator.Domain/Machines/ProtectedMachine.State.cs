namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    /// <summary>Where a machine is in its protected life.</summary>
    public abstract record State
    {
        private State() { }

        /// <summary>The last accepted requests.</summary>
        public RecentOperations Operations { get; init; } = RecentOperations.Empty;

        /// <summary>Not protected.</summary>
        /// <param name="LastActivation">The highest fencing number ever given out for the machine.</param>
        public sealed record Unprotected(long LastActivation) : State;

        /// <summary>Source and replica are being prepared.</summary>
        public sealed record Enabling(Protection Protection, Workflow Workflow) : State;

        /// <summary>The disks are being copied for the first time in this direction.</summary>
        /// <param name="Protection">What is protected.</param>
        /// <param name="Replication">How copying fares.</param>
        /// <param name="BytesDone">How much is copied or found equal.</param>
        /// <param name="BytesTotal">How much there is.</param>
        /// <param name="IsResync">Whether the standby disks are a seed, so that only differing blocks travel.</param>
        public sealed record InitialReplication(
            Protection Protection, ReplicationState Replication, long BytesDone, long BytesTotal,
            bool IsResync) : State;

        /// <summary>Protected, however sick replication may be.</summary>
        public sealed record Protected(
            Protection Protection, ReplicationState Replication, ResyncState Resync, TestState Test,
            PointList Points) : State
        {
            /// <summary>The newest recovery point, or null before the first.</summary>
            public RecoveryPoint? Latest => Points.Latest;

            /// <summary>How many recovery points can be chosen.</summary>
            public int PointCount => Points.Count;
        }

        /// <summary>A failover runs.</summary>
        public sealed record FailingOver(Protected From, Failover Failover, Workflow Workflow) : State;

        /// <summary>The machine runs at the target; commit pending.</summary>
        /// <param name="From">What a cancel returns to.</param>
        /// <param name="Failover">The failover.</param>
        /// <param name="Point">The point the machine runs from.</param>
        /// <param name="Loss">How much time's worth of writes is lost at most.</param>
        public sealed record FailedOver(Protected From, Failover Failover, RecoveryPointId Point, TimeSpan Loss)
            : State;

        /// <summary>The machine goes to another point; <paramref name="Failover"/> names it.</summary>
        public sealed record ChangingPoint(Protected From, Failover Failover, Workflow Workflow) : State;

        /// <summary>The machine goes back to the source.</summary>
        /// <param name="From">What it returns to.</param>
        /// <param name="Failover">The failover that is undone.</param>
        /// <param name="Activation">The fencing number of the source's activation.</param>
        /// <param name="Workflow">How far it got.</param>
        public sealed record Cancelling(Protected From, Failover Failover, long Activation, Workflow Workflow) : State;

        /// <summary>The failover is being made final.</summary>
        public sealed record Committing(FailedOver From, Workflow Workflow) : State;

        /// <summary>The machine runs at the active site of <paramref name="Protection"/> and does not
        /// replicate.</summary>
        /// <param name="Protection">The direction to come: it begins where the machine runs.</param>
        /// <param name="SourceFenced">Whether the former source is known to refuse writes.</param>
        public sealed record Committed(Protection Protection, bool SourceFenced) : State;

        /// <summary>The other direction is being prepared.</summary>
        public sealed record Reversing(Committed From, Workflow Workflow) : State;

        /// <summary>Protection is being ended.</summary>
        public sealed record Disabling(State From, Workflow Workflow) : State;
    }

    /// <summary>Where every machine begins.</summary>
    public static State Initial { get; } = new State.Unprotected(0);
}

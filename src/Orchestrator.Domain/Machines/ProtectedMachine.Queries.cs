namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    /// <summary>The step that is due or will be at its <see cref="PendingStep.NotBefore"/>; null when there is none, or
    /// when it waits for an operator. The steps of a test are included.</summary>
    public static PendingStep? NextStep(State state)
    {
        if (WorkflowOf(state) is not { Current: { } step, WaitsForOperator: false } workflow) return null;
        var notBefore = workflow.Started ? null : workflow.Failure?.RetryAt;
        return new PendingStep(
            workflow.Operation, workflow.Kind, step, workflow.Started, notBefore, SubjectOf(state),
            HighestActivation(state), PointFor(state, step));
    }

    /// <summary>Whether replication should run now, in which way, and under which fencing number.</summary>
    public static ReplicationIntent Desired(State state)
    {
        var mode = state switch
        {
            State.InitialReplication s when Runs(s.Replication) =>
                s.IsResync ? ReplicationMode.Resync : ReplicationMode.Initial,
            State.Protected { Resync: ResyncState.Running } s when Runs(s.Replication) => ReplicationMode.Resync,
            State.Protected { Resync: ResyncState.None } s when Runs(s.Replication) => ReplicationMode.Delta,
            State.FailingOver { From: { Resync: ResyncState.None } from } s when Runs(from.Replication) => Draining(s),
            _ => ReplicationMode.None,
        };
        var protection = ProtectionOf(state);
        return mode == ReplicationMode.None || protection is null
            ? default
            : new ReplicationIntent(mode, protection.Direction, protection.Activation);

        static bool Runs(ReplicationState replication) =>
            replication is ReplicationState.Normal or ReplicationState.Recovering;

        static ReplicationMode Draining(State.FailingOver s) =>
            s.Workflow.HasBegun(Step.FenceSource) ? ReplicationMode.None : ReplicationMode.Delta;
    }

    /// <summary>What is protected and where it is active, as far as is known; null while unprotected.</summary>
    /// <remarks>The target counts as active from the end of a failover on, the source again from the start of a cancel
    /// on.</remarks>
    public static Protection? ProtectionOf(State state) => state switch
    {
        State.Enabling s => s.Protection,
        State.InitialReplication s => s.Protection,
        State.Protected s => s.Protection,
        State.FailingOver s => s.From.Protection,
        State.FailedOver s => s.From.Protection.ActivatedAtStandby(s.Failover.Activation),
        State.ChangingPoint s => s.From.Protection.ActivatedAtStandby(s.Failover.Activation),
        State.Cancelling s => ResumedAt(s.From, s.Activation).Protection,
        State.Committing s => ProtectionOf(s.From),
        State.Committed s => s.Protection,
        State.Reversing s => s.From.Protection,
        State.Disabling s => ProtectionOf(s.From),
        _ => null,
    };

    /// <summary>The recovery points that can be chosen from.</summary>
    public static PointList PointsOf(State state) => state switch
    {
        State.Protected s => s.Points,
        State.FailingOver s => s.From.Points,
        State.FailedOver s => s.From.Points,
        State.ChangingPoint s => s.From.Points,
        State.Cancelling s => s.From.Points,
        _ => PointList.Empty,
    };

    /// <summary>The workflow under way, the one of a test included; null without one.</summary>
    public static Workflow? WorkflowOf(State state) => state switch
    {
        State.Enabling s => s.Workflow,
        State.Protected { Test: TestState.Starting t } => t.Workflow,
        State.Protected { Test: TestState.CleaningUp t } => t.Workflow,
        State.FailingOver s => s.Workflow,
        State.ChangingPoint s => s.Workflow,
        State.Cancelling s => s.Workflow,
        State.Committing s => s.Workflow,
        State.Reversing s => s.Workflow,
        State.Disabling s => s.Workflow,
        _ => null,
    };

    /// <summary>How replication fares; null where it does not run at all.</summary>
    public static ReplicationState? ReplicationOf(State state) => state switch
    {
        State.InitialReplication s => s.Replication,
        State.Protected s => s.Replication,
        State.FailingOver s when !s.Workflow.HasBegun(Step.FenceSource) => s.From.Replication,
        _ => null,
    };

    /// <summary>The highest fencing number given out so far.</summary>
    public static long HighestActivation(State state) => state switch
    {
        State.Unprotected s => s.LastActivation,
        State.FailingOver s => s.Failover.Activation,
        _ => ProtectionOf(state)!.Activation,
    };

    /// <summary>The machine with its sites in the roles they had when the workflow began.</summary>
    private static Protection SubjectOf(State state) => state switch
    {
        State.ChangingPoint s => s.From.Protection,
        State.Committing s => s.From.From.Protection,
        _ => ProtectionOf(state)!,
    };

    private static RecoveryPointId? PointFor(State state, Step step) => (state, step) switch
    {
        (State.FailingOver s, Step.ActivateReplica or Step.StartMachine) => PointOf(s).Id,
        (State.ChangingPoint s, Step.ActivateReplica or Step.StartMachine) => PointOf(s).Id,
        (State.Committing s, Step.CommitReplica) => s.From.Point,
        (State.Protected { Test: TestState.Starting t }, _) => t.Point,
        (State.Protected { Test: TestState.CleaningUp t }, _) => t.Point,
        _ => null,
    };
}

namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static Decision DecideWhileFailingOver(State.FailingOver s, Command command) => command switch
    {
        // From its first try on, the activation is of one certain point: a repeat must not find a newer one.
        Command.RecordPoint when !s.Workflow.HasBegun(Step.ActivateReplica) => DecideReplication(s.From, command),
        Command.Report when !s.Workflow.HasBegun(Step.FenceSource) => DecideReplication(s.From, command),
        Command.Report => NotReplicating(s),
        Command.Cancel c => StartCancel(s, WorkflowTable.CancelSteps(s.Workflow), c),
        Command.ChangePoint c
            when s.Workflow is { HasFailed: true, Current: Step.ActivateReplica or Step.StartMachine } =>
            ChangePoint(s, s.From, c),
        _ => NotNow(s, command),
    };

    private static Decision DecideWhileFailedOver(State.FailedOver s, Command command) => command switch
    {
        Command.ChangePoint c when c.Point == s.Point =>
            Invalid(
                $"Machine {s.From.Protection.Machine} runs from recovery point {c.Point} already",
                "Choose another one, or commit."),
        Command.ChangePoint c => ChangePoint(s, s.From, c),
        Command.Commit c => Start(s, new Event.CommitStarted(
            c.Operation, WorkflowTable.StepsOf(WorkflowKind.Commit), c.Caller, c.At)),
        Command.Cancel c => StartCancel(s, WorkflowTable.StepsOf(WorkflowKind.Cancel), c),
        _ => NotNow(s, command),
    };

    private static Decision DecideWhileChangingPoint(State.ChangingPoint s, Command command) => command switch
    {
        // The point may have turned out to be unusable.
        Command.ChangePoint c when s.Workflow.HasFailed => ChangePoint(s, s.From, c),
        Command.Cancel c => StartCancel(s, WorkflowTable.CancelSteps(s.Workflow), c),
        _ => NotNow(s, command),
    };

    private static Decision DecideWhileCancelling(State.Cancelling s, Command command) => command switch
    {
        // The source cannot be resumed: the target is the only place left to go.
        Command.FailOver { Kind: FailoverKind.Unplanned } c when s.Workflow.HasFailed =>
            RefusalOfUnplanned(s.From, c) ?? StartFailover(s, s.From, c, s.Workflow),
        _ => NotNow(s, command),
    };

    private static Decision DecideWhileCommitted(State.Committed s, Command command) => command switch
    {
        Command.ReverseReplicate c => Start(s, StartOfReverse(c.Operation, c.Caller, c.At)),
        Command.Disable c => Disable(s, c),
        _ => NotNow(s, command),
    };

    private static Decision StartCancel(State state, StepList steps, Command.Cancel c) =>
        Start(state, new Event.CancelStarted(c.Operation, HighestActivation(state) + 1, steps, c.Caller, c.At));

    private static Decision ChangePoint(State state, State.Protected from, Command.ChangePoint c) =>
        RefusalByPoint(from, c.Point)
        ?? Start(state, new Event.PointChangeStarted(
            c.Operation, c.Point, HighestActivation(state) + 1, WorkflowTable.StepsOf(WorkflowKind.ChangePoint),
            c.Caller, c.At));
}

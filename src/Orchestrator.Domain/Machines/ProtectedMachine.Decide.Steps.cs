using System.Diagnostics;

namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static Decision DecideStep(State state, Command command)
    {
        var (operation, step) = command switch
        {
            Command.BeginStep c => (c.Operation, c.Step),
            Command.CompleteStep c => (c.Operation, c.Step),
            Command.FailStep c => (c.Operation, c.Step),
            _ => throw new UnreachableException($"{command.GetType().Name} is about no step."),
        };
        if (WorkflowOf(state) is not { } workflow || workflow.Operation != operation)
            return StepNotDue(state, operation, step);
        return command switch
        {
            Command.BeginStep when workflow.Current == step && workflow.Started => Decision.Nothing,
            Command.BeginStep c when workflow.Current == step && !workflow.WaitsForOperator =>
                Decision.Accept(new Event.StepStarted(operation, step, c.At)),
            Command.CompleteStep or Command.FailStep when workflow.HasDone(step) => Decision.Nothing,
            Command.CompleteStep c when workflow.Current == step && workflow.Started => Complete(state, workflow, c),
            Command.FailStep c when workflow.Current == step && workflow.Started => Fail(state, workflow, c),
            Command.FailStep when workflow.Current == step && workflow.HasFailed => Decision.Nothing,
            _ => StepNotDue(state, operation, step),
        };
    }

    private static Decision Complete(State state, Workflow workflow, Command.CompleteStep c)
    {
        // The world says the replica is verified, but the point it was verified at has not been reported: ask again.
        if (c.Step == Step.VerifyReplica && state is State.FailingOver { Failover.Point: null })
        {
            return Fail(state, workflow, new Command.FailStep(
                c.Operation, c.Step, RefusalCodes.FinalPointMissing,
                "The final recovery point of the planned failover has not been recorded.", IsTransient: true, c.At));
        }

        return GoOn(state, new Event.StepCompleted(c.Operation, c.Step, c.Detail, c.At));
    }

    private static Decision Fail(State state, Workflow workflow, Command.FailStep c)
    {
        var attempt = (workflow.Failure?.Attempt ?? 0) + 1;
        var limit = WorkflowTable.AttemptsBeforeSkip(workflow.Kind, c.Step);
        if (attempt >= limit) return GoOn(state, new Event.StepSkipped(c.Operation, c.Step, c.Code, c.Message, c.At));
        DateTimeOffset? retryAt = c.IsTransient || limit is not null ? c.At + RetrySchedule.DelayAfter(attempt) : null;
        return Decision.Accept(new Event.StepFailed(c.Operation, c.Step, c.Code, c.Message, attempt, retryAt, c.At));
    }

    private static Decision GoOn(State state, Event passed) =>
        Decision.Accept([passed, .. FinishIfDone(Evolve(state, passed), passed.At)]);

    /// <summary>The facts that end a workflow whose last step is done; none while a step is due.</summary>
    private static Event[] FinishIfDone(State state, DateTimeOffset at)
    {
        if (WorkflowOf(state) is not { Current: null } workflow) return [];
        var operation = workflow.Operation;
        return state switch
        {
            State.Enabling =>
                [new Event.ProtectionEnabled(operation, at), new Event.InitialReplicationStarted(false, at)],
            State.Protected { Test: TestState.Starting } => [new Event.TestFailoverCompleted(operation, at)],
            State.Protected { Test: TestState.CleaningUp t } =>
                [new Event.TestFailoverCleanedUp(operation, t.Notes, t.HasRun, at)],
            State.FailingOver s =>
                [new Event.FailoverCompleted(operation, PointOf(s).Id, s.Failover.LossFrom(PointOf(s)), at)],
            State.ChangingPoint s =>
                [new Event.PointChanged(operation, PointOf(s).Id, s.Failover.LossFrom(PointOf(s)), at)],
            State.Cancelling => [new Event.FailoverCancelled(operation, at)],
            State.Committing s => FinishCommit(s, workflow, at),
            State.Reversing =>
                [new Event.ReverseReplicationEstablished(operation, at), new Event.InitialReplicationStarted(true, at)],
            State.Disabling => [new Event.ProtectionDisabled(operation, at)],
            _ => throw new UnreachableException($"{state.GetType().Name} has no workflow."),
        };
    }

    /// <summary>Where the table says so, the other direction begins by itself, under the commit's id and in its
    /// caller's name.</summary>
    private static Event[] FinishCommit(State.Committing s, Workflow commit, DateTimeOffset at)
    {
        var committed = new Event.Committed(commit.Operation, at);
        var isAutomatic = s.From.Failover.Kind == FailoverKind.Planned
            && Scenario.Of(s.From.From.Protection.Scenario).AutoReverseAfterPlanned;
        return isAutomatic ? [committed, StartOfReverse(commit.Operation, commit.Caller, at)] : [committed];
    }

    private static Event.ReverseReplicationStarted StartOfReverse(
        OperationId operation, string caller, DateTimeOffset at) =>
        new(operation, WorkflowTable.StepsOf(WorkflowKind.Reverse), caller, at);

    private static RecoveryPoint PointOf(State.FailingOver s) => PointOf(s.From, s.Failover);

    private static RecoveryPoint PointOf(State.ChangingPoint s) => PointOf(s.From, s.Failover);

    private static RecoveryPoint PointOf(State.Protected from, Failover failover) =>
        (failover.Point is { } id ? from.Points.Find(id) : from.Latest)
        ?? throw new UnreachableException($"Failover {failover.Operation} has no recovery point.");

    private static Decision DecideResume(State state, Command.Resume c)
    {
        var resumed = new Event.Resumed(c.Operation, c.Caller, c.At);
        if (WorkflowOf(state) is { HasFailed: true }) return Decision.Accept(resumed);
        return ReplicationOf(state) is ReplicationState.Retrying or ReplicationState.Stopped
            ? Decision.Accept(resumed, new Event.ReplicationRetried(ReplicationOf(state)!.Generation, c.At))
            : NothingToResume(state);
    }
}

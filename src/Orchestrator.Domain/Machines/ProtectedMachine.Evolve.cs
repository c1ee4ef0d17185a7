using System.Diagnostics;

namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private const string StoppedAdvice = "Remove the cause, then resume.";

    /// <summary>The state after a fact.</summary>
    /// <exception cref="UnreachableException">The fact cannot have happened in this state: the history is
    /// corrupt.</exception>
    public static State Evolve(State state, Event @event)
    {
        var next = @event switch
        {
            Event.WorkflowStarted e => EvolveStart(state, e),
            Event.Resumed e => EvolveWorkflow(state, workflow => workflow.Resumed(e.At)),
            Event.StepStarted => EvolveWorkflow(state, workflow => workflow.StepBegun()),
            Event.StepCompleted e =>
                EvolveWorkflow(EvolveSource(state, e.Step, isSkipped: false, e.At), workflow => workflow.StepDone()),
            Event.StepSkipped e =>
                EvolveWorkflow(EvolveSource(state, e.Step, isSkipped: true, e.At), workflow => workflow.StepDone()),
            Event.StepFailed e => EvolveWorkflow(
                state, workflow => workflow.StepFailed(new StepFailure(e.Code, e.Message, e.Attempt, e.RetryAt))),
            _ => EvolveEnd(state, @event) ?? EvolveReplication(state, @event) ?? throw Corrupt(state, @event),
        };
        var operations = @event is Event.OperationStarted started
            ? state.Operations.Add(started.Operation, started.Asked)
            : state.Operations;
        return next with { Operations = operations };
    }

    /// <summary>The state after a history from the beginning.</summary>
    public static State Replay(IEnumerable<Event> history) => history.Aggregate(Initial, Evolve);

    private static UnreachableException Corrupt(State state, Event @event) =>
        new($"{@event.GetType().Name} recorded while {state.GetType().Name}.");

    private static State EvolveStart(State state, Event.WorkflowStarted @event) => (state, @event) switch
    {
        (State.Unprotected, Event.ProtectionEnablingStarted e) => new State.Enabling(e.Protection, e.Workflow),
        (State.Protected s, Event.TestFailoverStarted e) =>
            s with { Test = new TestState.Starting(e.Operation, e.Point, e.Workflow) },
        (State.Protected { Test: TestState.Starting t } s, Event.TestCleanupStarted e) =>
            s with { Test = new TestState.CleaningUp(e.Operation, t.Point, e.Notes, false, e.Workflow) },
        (State.Protected { Test: TestState.Running t } s, Event.TestCleanupStarted e) =>
            s with { Test = new TestState.CleaningUp(e.Operation, t.Point, e.Notes, true, e.Workflow) },
        (State.Protected s, Event.FailoverStarted e) => new State.FailingOver(s, FailoverOf(e), e.Workflow),
        (State.Cancelling s, Event.FailoverStarted e) =>
            new State.FailingOver(ResumedAt(s.From, s.Activation), FailoverOf(e), e.Workflow),
        (State.FailingOver s, Event.PointChangeStarted e) =>
            new State.ChangingPoint(s.From, To(s.Failover, e), e.Workflow),
        (State.FailedOver s, Event.PointChangeStarted e) =>
            new State.ChangingPoint(s.From, To(s.Failover, e), e.Workflow),
        (State.ChangingPoint s, Event.PointChangeStarted e) =>
            new State.ChangingPoint(s.From, To(s.Failover, e), e.Workflow),
        (State.FailingOver s, Event.CancelStarted e) =>
            new State.Cancelling(s.From, s.Failover, e.Activation, e.Workflow),
        (State.FailedOver s, Event.CancelStarted e) =>
            new State.Cancelling(s.From, s.Failover, e.Activation, e.Workflow),
        (State.ChangingPoint s, Event.CancelStarted e) =>
            new State.Cancelling(s.From, s.Failover, e.Activation, e.Workflow),
        (State.FailedOver s, Event.CommitStarted e) => new State.Committing(s, e.Workflow),
        (State.Committed s, Event.ReverseReplicationStarted e) => new State.Reversing(s, e.Workflow),
        (State.Enabling or State.InitialReplication or State.Protected or State.Committed or State.Reversing,
            Event.DisableStarted e) => new State.Disabling(state, e.Workflow),
        _ => throw Corrupt(state, @event),
    };

    private static Failover FailoverOf(Event.FailoverStarted e) =>
        new(e.Operation, e.FailoverKind, e.Point, e.Activation, e.At, SourceStopped: false, SourceFenced: false);

    private static Failover To(Failover failover, Event.PointChangeStarted e) =>
        failover with { Point = e.Point, Activation = e.Activation };

    private static State.Protected ResumedAt(State.Protected source, long activation) =>
        source with { Protection = source.Protection with { Activation = activation } };

    /// <summary>The end of an operation, or null when the fact is none.</summary>
    private static State? EvolveEnd(State state, Event @event) => (state, @event) switch
    {
        (State.Enabling s, Event.ProtectionEnabled) => Copying(s.Protection, isResync: false),
        (State.Protected { Test: TestState.Starting t } s, Event.TestFailoverCompleted) =>
            s with { Test = new TestState.Running(t.Operation, t.Point) },
        (State.Protected { Test: TestState.CleaningUp } s, Event.TestFailoverCleanedUp) =>
            s with { Test = new TestState.None() },
        (State.FailingOver s, Event.FailoverCompleted e) => new State.FailedOver(s.From, s.Failover, e.Point, e.Loss),
        (State.ChangingPoint s, Event.PointChanged e) => new State.FailedOver(s.From, s.Failover, e.Point, e.Loss),
        (State.Cancelling s, Event.FailoverCancelled) => ResumedAt(s.From, s.Activation),
        (State.Committing { From: var f }, Event.Committed) =>
            new State.Committed(f.From.Protection.ActivatedAtStandby(f.Failover.Activation), f.Failover.SourceFenced),
        (State.Reversing s, Event.ReverseReplicationEstablished) => Copying(s.From.Protection, isResync: true),
        (State.Disabling, Event.ProtectionDisabled) => new State.Unprotected(HighestActivation(state)),
        _ => null,
    };

    private static State.InitialReplication Copying(Protection protection, bool isResync) =>
        new(protection, new ReplicationState.Normal(0), 0, 0, isResync);

    private static State EvolveWorkflow(State state, Func<Workflow, Workflow> change) => state switch
    {
        State.Enabling s => s with { Workflow = change(s.Workflow) },
        State.Protected { Test: TestState.Starting t } s => s with { Test = t with { Workflow = change(t.Workflow) } },
        State.Protected { Test: TestState.CleaningUp t } s =>
            s with { Test = t with { Workflow = change(t.Workflow) } },
        State.FailingOver s => s with { Workflow = change(s.Workflow) },
        State.ChangingPoint s => s with { Workflow = change(s.Workflow) },
        State.Cancelling s => s with { Workflow = change(s.Workflow) },
        State.Committing s => s with { Workflow = change(s.Workflow) },
        State.Reversing s => s with { Workflow = change(s.Workflow) },
        State.Disabling s => s with { Workflow = change(s.Workflow) },
        _ => state, // Resumed for replication alone.
    };

    /// <summary>What a passed step tells about the source: the writes end when it stops, or else when it is
    /// fenced.</summary>
    private static State EvolveSource(State state, Step step, bool isSkipped, DateTimeOffset at)
    {
        if (state is not State.FailingOver { Failover: var failover } s) return state;
        return step switch
        {
            Step.QuiesceSource or Step.StopSource when !isSkipped =>
                s with { Failover = failover with { SourceStopped = true, SourceEndedAt = at } },
            Step.FenceSource => s with
            {
                Failover = failover with
                {
                    SourceFenced = !isSkipped,
                    SourceEndedAt = failover.SourceStopped ? failover.SourceEndedAt : at,
                },
            },
            _ => state,
        };
    }
}

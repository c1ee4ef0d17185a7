namespace Orchestrator.Domain.Machines;

/// <summary>The protected life of one machine. Pure: time and ids come in on commands, effects are derived from the
/// state.</summary>
/// <remarks>
/// One table of steps (<see cref="WorkflowTable"/>) and one of capabilities (<see cref="Scenario"/>) hold what differs;
/// the decisions are split by state. A request that was accepted before is <see cref="Decision.Nothing"/>; a strange
/// request is refused; a strange history is corruption and throws.
/// </remarks>
public static partial class ProtectedMachine
{
    /// <summary>What becomes of a command in a state.</summary>
    public static Decision Decide(State state, Command command) => command switch
    {
        Command.Operator c when state.Operations.Find(c.Operation) is { } asked => Redelivered(c, asked),
        Command.Operator c when string.IsNullOrWhiteSpace(c.Caller) =>
            Invalid("The request names no caller", "Say who asks."),
        Command.BeginStep or Command.CompleteStep or Command.FailStep => DecideStep(state, command),
        Command.Resume c => DecideResume(state, c),
        Command.Report c when ProtectionOf(state) is { } now && now.Activation != c.Activation => StaleReport(now, c),
        Command.RetryReplication c => DecideRetry(state, c),
        Command.Look => Decision.Nothing,
        _ => DecideByState(state, command),
    };

    private static Decision DecideByState(State state, Command command) => state switch
    {
        State.Unprotected s => DecideWhileUnprotected(s, command),
        State.InitialReplication s => DecideWhileInitialReplication(s, command),
        State.Protected s => DecideWhileProtected(s, command),
        State.FailingOver s => DecideWhileFailingOver(s, command),
        State.FailedOver s => DecideWhileFailedOver(s, command),
        State.ChangingPoint s => DecideWhileChangingPoint(s, command),
        State.Cancelling s => DecideWhileCancelling(s, command),
        State.Committed s => DecideWhileCommitted(s, command),
        State.Enabling or State.Reversing => command is Command.Disable c ? Disable(state, c) : NotNow(state, command),
        _ => NotNow(state, command),
    };

    private static Decision DecideWhileUnprotected(State.Unprotected s, Command command)
    {
        if (command is not Command.Enable c) return NotNow(s, command);
        if (FaultOf(c) is { } fault) return Invalid(fault, "Correct the request and send it again.");
        var protection = new Protection(
            c.Machine, c.Scenario, c.Primary, c.Recovery, c.Disks, c.PointInterval, Direction.Forward,
            s.LastActivation + 1);
        return Start(s, new Event.ProtectionEnablingStarted(
            c.Operation, protection, WorkflowTable.StepsOf(WorkflowKind.Enable), c.Caller, c.At));
    }

    private static string? FaultOf(Command.Enable c)
    {
        if (!Enum.IsDefined(c.Scenario)) return $"There is no scenario {c.Scenario}";
        if (c.Primary == c.Recovery) return $"Machine {c.Machine} cannot be replicated from site {c.Primary} to itself";
        if (c.Disks.Fault() is { } fault) return $"Machine {c.Machine} cannot be protected: {fault}";
        var scenario = Scenario.Of(c.Scenario);
        return scenario.AllowsInterval(c.PointInterval)
            ? null
            : $"Recovery points every {c.PointInterval} are not possible in {c.Scenario}: {scenario.IntervalRule}";
    }

    private static Decision Disable(State state, Command.Disable c) =>
        Start(state, new Event.DisableStarted(c.Operation, WorkflowTable.DisableSteps(state), c.Caller, c.At));

    /// <summary>Starts a workflow, and ends it at once if it has no steps.</summary>
    private static Decision Start(State state, Event.WorkflowStarted started) =>
        Decision.Accept([started, .. FinishIfDone(Evolve(state, started), started.At)]);
}

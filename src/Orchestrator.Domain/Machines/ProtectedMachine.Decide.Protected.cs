namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static Decision DecideWhileProtected(State.Protected s, Command command) => command switch
    {
        Command.Report => DecideReplication(s, command),
        Command.ExpirePoints c => Expire(s, c),
        Command.StartResync c => StartResync(s, c),
        Command.StartTestFailover c => StartTest(s, c),
        Command.CleanUpTest c => CleanUp(s, c),
        Command.FailOver { Kind: FailoverKind.Planned } c =>
            RefusalOfPlanned(s, c) ?? StartFailover(s, s, c, cancel: null),
        Command.FailOver c => RefusalOfUnplanned(s, c) ?? StartFailover(s, s, c, cancel: null),
        Command.Disable c => Disable(s, c),
        _ => NotNow(s, command),
    };

    private static Decision StartResync(State.Protected s, Command.StartResync c) => s.Resync switch
    {
        ResyncState.Running =>
            InProgress($"Machine {s.Protection.Machine} is being resynchronized", "Wait until it ends."),
        ResyncState.Marked => Decision.Accept(new Event.ResyncStarted(c.Caller, c.At)),
        _ => Decision.Accept(
            new Event.ResyncMarked($"Asked for by {c.Caller}.", c.At), new Event.ResyncStarted(c.Caller, c.At)),
    };

    private static Decision StartTest(State.Protected s, Command.StartTestFailover c) =>
        RefusalByScenario(s, FailoverKinds.Test)
        ?? RefusalByTest(s)
        ?? RefusalByPoint(s, c.Point)
        ?? Start(s, new Event.TestFailoverStarted(
            c.Operation, c.Point ?? s.Latest!.Id, WorkflowTable.StepsOf(WorkflowKind.TestFailover), c.Caller, c.At));

    private static Decision CleanUp(State.Protected s, Command.CleanUpTest c) => s.Test switch
    {
        TestState.None => Refuse(RefusalCodes.NoTestOpen,
            $"No test failover of machine {s.Protection.Machine} is open", "There is nothing to clean up."),
        TestState.CleaningUp =>
            InProgress($"The test of machine {s.Protection.Machine} is being cleaned up", "Wait until it ends."),
        _ => Start(s, new Event.TestCleanupStarted(
            c.Operation, c.Notes, WorkflowTable.CleanupSteps(s.Test), c.Caller, c.At)),
    };

    private static Decision StartFailover(State state, State.Protected from, Command.FailOver c, Workflow? cancel) =>
        RefusalByPoint(from, c.Point)
        ?? Start(state, new Event.FailoverStarted(
            c.Operation, c.Kind, c.Point, HighestActivation(state) + 1, WorkflowTable.FailoverSteps(c.Kind, cancel),
            c.Caller, c.At));

    private static Decision? RefusalOfUnplanned(State.Protected s, Command.FailOver c) =>
        Enum.IsDefined(c.Kind)
            ? RefusalByScenario(s, FailoverKinds.Unplanned) ?? RefusalByTest(s)
            : Invalid($"There is no failover kind {c.Kind}", "Ask for a planned or an unplanned one.");

    private static Decision? RefusalOfPlanned(State.Protected s, Command.FailOver c)
    {
        if ((RefusalByScenario(s, FailoverKinds.Planned) ?? RefusalByTest(s)) is { } refusal) return refusal;
        if (c.Point is not null)
        {
            return Invalid("A planned failover goes to its own final point and cannot go to another",
                "Leave the point out, or fail over unplanned.");
        }

        return s is { Replication: ReplicationState.Normal, Resync: ResyncState.None }
            ? null
            : Refuse(RefusalCodes.ReplicationNotHealthy,
                $"Machine {s.Protection.Machine} does not replicate healthily, so its last changes cannot be shipped",
                "Wait until replication is healthy again, or fail over unplanned.");
    }

    private static Decision? RefusalByScenario(State.Protected s, FailoverKinds kind)
    {
        var (scenario, direction) = (Scenario.Of(s.Protection.Scenario), s.Protection.Direction);
        return scenario.Failovers(direction).HasFlag(kind)
            ? null
            : Refuse(RefusalCodes.NotInScenario,
                $"{kind} failover is not possible in scenario {scenario.Id} ({scenario.Name}) in direction {direction}",
                $"Possible are: {scenario.Failovers(direction)}.");
    }

    private static Decision? RefusalByTest(State.Protected s) => s.Test is TestState.None
        ? null
        : Refuse(RefusalCodes.TestOpen,
            $"A test failover of machine {s.Protection.Machine} is open", "Clean the test up first.");

    private static Decision? RefusalByPoint(State.Protected s, RecoveryPointId? point)
    {
        if (s.Points.Count == 0)
        {
            return Refuse(RefusalCodes.NoRecoveryPoint,
                $"Machine {s.Protection.Machine} has no recovery point", "Wait until the first one is recorded.");
        }

        return point is not { } id || s.Points.Find(id) is not null
            ? null
            : Refuse(RefusalCodes.PointNotFound,
                $"Machine {s.Protection.Machine} has no recovery point {id}",
                "Choose one from its list of recovery points.");
    }
}

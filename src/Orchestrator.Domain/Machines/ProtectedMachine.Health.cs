namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static readonly OperationId Probe = new(new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"));

    /// <summary>For everything an operator can ask for: whether it would be accepted now, and if not, why and what
    /// helps.</summary>
    /// <remarks>Found by deciding a sample request, so that it cannot differ from what a real one meets.</remarks>
    public static IReadOnlyList<OperationVerdict> AllowedOperations(State state) =>
        [.. Enum.GetValues<MachineOperation>().Select(operation => new OperationVerdict(
            operation, (Decide(state, SampleOf(operation, state)) as Decision.Refused)?.Refusal))];

    private static Command SampleOf(MachineOperation operation, State state)
    {
        const string caller = "probe";
        var at = DateTimeOffset.UnixEpoch;
        return operation switch
        {
            MachineOperation.Enable => new Command.Enable(
                Probe, new MachineId("probe"), ScenarioId.S0, new SiteName("a"), new SiteName("b"),
                [new DiskSpec(0, "probe", 1)], Scenario.ShortestInterval, caller, at),
            MachineOperation.TestFailover => new Command.StartTestFailover(Probe, null, caller, at),
            MachineOperation.CleanUpTest => new Command.CleanUpTest(Probe, "", caller, at),
            MachineOperation.PlannedFailover => new Command.FailOver(Probe, FailoverKind.Planned, null, caller, at),
            MachineOperation.UnplannedFailover => new Command.FailOver(Probe, FailoverKind.Unplanned, null, caller, at),
            MachineOperation.ChangePoint => new Command.ChangePoint(Probe, AnotherPoint(state), caller, at),
            MachineOperation.Commit => new Command.Commit(Probe, caller, at),
            MachineOperation.Cancel => new Command.Cancel(Probe, caller, at),
            MachineOperation.ReverseReplicate => new Command.ReverseReplicate(Probe, caller, at),
            MachineOperation.Resume => new Command.Resume(Probe, caller, at),
            MachineOperation.Resync => new Command.StartResync(caller, at),
            _ => new Command.Disable(Probe, caller, at),
        };
    }

    private static RecoveryPointId AnotherPoint(State state)
    {
        var current = (state as State.FailedOver)?.Point;
        return PointsOf(state).LastOrDefault(point => point.Id != current)?.Id ?? new RecoveryPointId(Probe.Value);
    }

    /// <summary>How well the machine is, and why not better.</summary>
    public static MachineHealth Health(State state) =>
        [.. HealthOfReplication(state), .. HealthOfWorkflow(state), .. HealthOfPlace(state)];

    private static IEnumerable<HealthReason> HealthOfReplication(State state)
    {
        switch (ReplicationOf(state))
        {
            case ReplicationState.Retrying r:
                yield return Warn(
                    RefusalCodes.ReplicationRetrying, $"{r.Code}: {r.Message}",
                    "It is tried again; resume to try at once.");
                break;
            case ReplicationState.Recovering r:
                yield return Warn(
                    RefusalCodes.ReplicationRetrying, $"{r.Code}: {r.Message}", "It is being tried again.");
                break;
            case ReplicationState.Stopped r:
                yield return new HealthReason(
                    RefusalCodes.ReplicationStopped, HealthLevel.Critical, $"{r.Code}: {r.Message}", r.Advice);
                break;
        }

        if (state is not State.Protected s) yield break;
        if (s.Resync is ResyncState.Marked m)
            yield return Warn(RefusalCodes.ResyncNeeded, m.Reason, "Wait for the resync window, or start the resync.");
        if (s.Resync is ResyncState.Running)
            yield return Warn(
                RefusalCodes.ResyncRunning, "Source and replica are being compared.",
                "Wait; older points stay usable.");
        if (s.Points.Count == 0)
            yield return Warn(
                RefusalCodes.FirstPointPending, "There is no recovery point yet.", "Wait for the first one.");
    }

    private static IEnumerable<HealthReason> HealthOfWorkflow(State state)
    {
        if (WorkflowOf(state) is not { Failure: { } failure, Current: { } step } workflow) yield break;
        var message = $"{workflow.Kind}, step {step}: {failure.Code}: {failure.Message}";
        yield return workflow.WaitsForOperator
            ? new HealthReason(
                RefusalCodes.StepWaiting, HealthLevel.Critical, message, "Remove the cause, then resume.")
            : Warn(RefusalCodes.StepRetrying, message, "It is tried again; resume to try at once.");
    }

    private static IEnumerable<HealthReason> HealthOfPlace(State state)
    {
        if (state is State.FailedOver { Failover.SourceFenced: false } or State.Committed { SourceFenced: false })
        {
            yield return Warn(RefusalCodes.SourceNotFenced, "The former source could not be told to refuse writes.",
                "Keep its machine switched off until it is fenced.");
        }

        if (state is State.FailedOver or State.Committed)
        {
            yield return Warn(RefusalCodes.NotReplicated, "The machine runs without protection.",
                state is State.Committed ? "Start reverse replication." : "Commit, then start reverse replication.");
        }
    }

    private static HealthReason Warn(string code, string message, string advice) =>
        new(code, HealthLevel.Warning, message, advice);

    /// <summary>The status in a word or two, lower case.</summary>
    public static string Describe(State state) => state switch
    {
        State.Unprotected => "unprotected",
        State.Enabling => "enabling protection",
        State.InitialReplication { IsResync: true } => "synchronizing in reverse",
        State.InitialReplication => "in initial replication",
        State.Protected { Test: TestState.Starting } => "protected, test failover starting",
        State.Protected { Test: TestState.Running } => "protected, test failover open",
        State.Protected { Test: TestState.CleaningUp } => "protected, test failover being cleaned up",
        State.Protected => "protected",
        State.FailingOver { Failover.Kind: FailoverKind.Planned } => "failing over (planned)",
        State.FailingOver => "failing over (unplanned)",
        State.FailedOver => "failed over, commit pending",
        State.ChangingPoint => "changing the recovery point",
        State.Cancelling => "cancelling the failover",
        State.Committing => "committing the failover",
        State.Committed => "failed over and committed",
        State.Reversing => "preparing reverse replication",
        _ => "disabling protection",
    };
}

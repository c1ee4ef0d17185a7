using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>One or more events of every type, with the values where an encoding may differ. Golden files hold their bytes:
/// add samples behind the others, never change one.</summary>
internal static class EventSamples
{
    private static readonly DateTimeOffset At = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly OperationId Operation = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
    private static readonly RecoveryPointId PointId = new(Guid.Parse("a0000000-0000-0000-0000-00000000000b"));

    private static readonly Protection Protection = new(
        new MachineId("web-1"), ScenarioId.S0, new SiteName("berlin"), new SiteName("paris"),
        [new DiskSpec(0, "/disks/web.raw", 1L << 33), new DiskSpec(1, "/disks/däta.raw", 4096)],
        TimeSpan.FromSeconds(30), Direction.Forward, 1);

    private static readonly RecoveryPoint Point = new(
        PointId, 7, 300, RecoveryPointKind.CrashConsistent, At.AddSeconds(-3), At.AddTicks(-1), TimeSpan.FromMilliseconds(2500));

    /// <summary>The types of the closed family, by reflection.</summary>
    public static IReadOnlyList<Type> EventTypes { get; } =
        [.. typeof(Event).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Event)) && !type.IsAbstract).OrderBy(type => type.Name)];

    public static IReadOnlyList<Event> All { get; } =
    [
        .. OfProtection(), .. OfReplication(), .. OfTest(), .. OfFailover(), .. OfSteps(),
    ];

    public static IEnumerable<Event> Of(Type type) => All.Where(e => e.GetType() == type);

    private static IEnumerable<Event> OfProtection() =>
    [
        new Event.ProtectionEnablingStarted(Operation, Protection, Steps(WorkflowKind.Enable), "alice", At),
        new Event.ProtectionEnablingStarted(
            Operation, Protection with { Direction = Direction.Reverse, Disks = [], Activation = long.MaxValue, Scenario = ScenarioId.S7 },
            [], "", DateTimeOffset.MinValue),
        new Event.ProtectionEnabled(Operation, At),
        new Event.DisableStarted(Operation, Steps(WorkflowKind.Disable), "alice", At),
        new Event.DisableStarted(Operation, [], "alice", At),
        new Event.ProtectionDisabled(Operation, At),
    ];

    private static IEnumerable<Event> OfReplication() =>
    [
        new Event.InitialReplicationStarted(true, At),
        new Event.InitialReplicationStarted(false, At),
        new Event.InitialReplicationProgressed(1L << 20, 1L << 40, At),
        new Event.InitialReplicationCompleted(At.AddTicks(1)),
        new Event.RecoveryPointRecorded(Point, At),
        new Event.RecoveryPointRecorded(Point with { Kind = RecoveryPointKind.Final, Rpo = TimeSpan.Zero }, At),
        new Event.RecoveryPointsExpired([PointId, new RecoveryPointId(Guid.Empty)], At),
        new Event.ReplicationFailed("ORC3001", "The target does not answer.", true, 3, At.AddSeconds(8), 4, At),
        new Event.ReplicationFailed("ORC3002", "Refused.\nTwice.", false, 1, null, 5, At),
        new Event.ReplicationRetried(5, At),
        new Event.ReplicationRecovered(At),
        new Event.ResyncMarked("The log was lost.", At),
        new Event.ResyncStarted("alice", At),
        new Event.ResyncCompleted(At),
    ];

    private static IEnumerable<Event> OfTest() =>
    [
        new Event.TestFailoverStarted(Operation, PointId, Steps(WorkflowKind.TestFailover), "alice", At),
        new Event.TestFailoverCompleted(Operation, At),
        new Event.TestCleanupStarted(Operation, "It booted 🙂", Steps(WorkflowKind.Cleanup), "alice", At),
        new Event.TestFailoverCleanedUp(Operation, "It booted 🙂", true, At),
        new Event.TestFailoverCleanedUp(Operation, "", false, At),
    ];

    private static IEnumerable<Event> OfFailover() =>
    [
        new Event.FailoverStarted(Operation, FailoverKind.Planned, null, 2, Steps(WorkflowKind.PlannedFailover), "alice", At),
        new Event.FailoverStarted(Operation, FailoverKind.Unplanned, PointId, 300, Steps(WorkflowKind.UnplannedFailover), "bob", At),
        new Event.FailoverCompleted(Operation, PointId, TimeSpan.FromSeconds(3.5), At),
        new Event.PointChangeStarted(Operation, PointId, 3, Steps(WorkflowKind.ChangePoint), "alice", At),
        new Event.PointChanged(Operation, PointId, TimeSpan.Zero, At),
        new Event.CancelStarted(Operation, 4, Steps(WorkflowKind.Cancel), "alice", At),
        new Event.FailoverCancelled(Operation, At),
        new Event.CommitStarted(Operation, Steps(WorkflowKind.Commit), "alice", At),
        new Event.Committed(Operation, At),
        new Event.ReverseReplicationStarted(Operation, Steps(WorkflowKind.Reverse), "alice", At),
        new Event.ReverseReplicationEstablished(Operation, At),
    ];

    private static IEnumerable<Event> OfSteps() =>
    [
        new Event.StepStarted(Operation, Step.AttachSource, At),
        new Event.StepCompleted(Operation, Step.DetachSource, "2 disks", At),
        new Event.StepFailed(Operation, Step.FenceSource, "ORC3003", "The site does not answer.", 2, At.AddMinutes(1), At),
        new Event.StepFailed(Operation, Step.FenceSource, "ORC3003", "The site refuses.", 1, null, At),
        new Event.StepSkipped(Operation, Step.StopSource, "ORC3003", "The site does not answer.", At),
        new Event.Resumed(Operation, "alice", At),
    ];

    private static StepList Steps(WorkflowKind kind) => kind switch
    {
        // Spelt out and not taken from the product's table, which may change; these bytes may not.
        WorkflowKind.Enable => [Step.AttachSource, Step.PrepareReplica],
        WorkflowKind.PlannedFailover =>
            [Step.QuiesceSource, Step.DrainChanges, Step.VerifyReplica, Step.FenceSource, Step.ActivateReplica, Step.StartMachine],
        WorkflowKind.UnplannedFailover => [Step.StopSource, Step.FenceSource, Step.ActivateReplica, Step.StartMachine],
        WorkflowKind.TestFailover => [Step.OpenTestReplica, Step.StartTestMachine],
        WorkflowKind.Cleanup => [Step.StopTestMachine, Step.CloseTestReplica],
        WorkflowKind.ChangePoint => [Step.StopMachine, Step.DeactivateReplica, Step.ActivateReplica, Step.StartMachine],
        WorkflowKind.Cancel => [Step.ResumeSource],
        WorkflowKind.Commit => [Step.CommitReplica],
        WorkflowKind.Reverse => [Step.ReleaseSource, Step.PrepareReverseReplica, Step.AttachSource],
        _ => [Step.StopReplication, Step.RemoveReplica, Step.DetachSource],
    };
}

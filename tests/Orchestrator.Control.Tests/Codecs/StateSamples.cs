using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>One or more states of every case, spelt out: the golden file of the snapshot's schema holds their bytes.</summary>
internal static class StateSamples
{
    private static readonly DateTimeOffset At = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly OperationId Operation = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
    private static readonly RecoveryPointId PointId = new(Guid.Parse("a0000000-0000-0000-0000-00000000000b"));

    private static readonly RecentOperations Operations =
        [new AcceptedOperation(Operation, MachineOperation.Enable), new AcceptedOperation(new OperationId(Guid.Empty), MachineOperation.Resume)];

    private static readonly Protection Protection = new(
        new MachineId("web-1"), ScenarioId.S0, new SiteName("berlin"), new SiteName("paris"),
        [new DiskSpec(0, "/disks/web.raw", 1L << 33)], TimeSpan.FromSeconds(30), Direction.Forward, 1);

    private static readonly RecoveryPoint Point = new(
        PointId, 7, 300, RecoveryPointKind.CrashConsistent, At.AddSeconds(-3), At.AddTicks(-1), TimeSpan.FromMilliseconds(2500));

    private static readonly Workflow Begun = new(
        Operation, WorkflowKind.Enable, [Step.AttachSource, Step.PrepareReplica], 1, true, null, "alice");

    private static readonly Workflow Failed = Begun with { Started = false, Failure = new StepFailure("ORC3001", "No answer.", 2, At) };

    private static readonly Failover Failover = new(Operation, FailoverKind.Planned, PointId, 2, At, SourceStopped: true, SourceFenced: false);

    private static readonly State.Protected Protected = new(
        Protection, new ReplicationState.Normal(0), new ResyncState.None(), new TestState.None(), [Point, Point with { Sequence = 301 }]) { Operations = Operations };

    private static readonly State.FailedOver FailedOver = new(Protected, Failover, PointId, TimeSpan.FromSeconds(3));

    private static readonly State.Committed Committed = new(Protection with { Direction = Direction.Reverse }, SourceFenced: true) { Operations = Operations };

    /// <summary>The cases of the closed family, by reflection.</summary>
    public static IReadOnlyList<Type> StateTypes { get; } =
        [.. typeof(State).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(State)) && !type.IsAbstract).OrderBy(type => type.Name)];

    public static IReadOnlyList<State> All { get; } =
    [
        new State.Unprotected(0),
        new State.Unprotected(long.MaxValue) { Operations = Operations },
        new State.Enabling(Protection, Begun),
        new State.Enabling(Protection, Failed),
        new State.InitialReplication(Protection, new ReplicationState.Retrying(3, "ORC3001", "No answer.", At, 4), 1 << 20, 1L << 40, true),
        Protected,
        Protected with { Replication = new ReplicationState.Recovering(3, "ORC3001", "No answer.", 4), Resync = new ResyncState.Marked("The log is full.") },
        Protected with { Replication = new ReplicationState.Stopped("ORC3002", "Refused.", "Ask.", 5), Resync = new ResyncState.Running(), Points = [] },
        Protected with { Test = new TestState.Starting(Operation, PointId, Begun) },
        Protected with { Test = new TestState.Running(Operation, PointId) },
        Protected with { Test = new TestState.CleaningUp(Operation, PointId, "It booted 🙂", true, Failed) },
        new State.FailingOver(Protected, Failover with { Point = null }, Begun),
        FailedOver,
        new State.ChangingPoint(Protected, Failover, Begun),
        new State.Cancelling(Protected, Failover, 3, Failed),
        new State.Committing(FailedOver, Begun),
        Committed,
        new State.Reversing(Committed, Begun),
        new State.Disabling(Protected, Begun),
        new State.Disabling(new State.Reversing(Committed, Failed), Begun),
    ];
}

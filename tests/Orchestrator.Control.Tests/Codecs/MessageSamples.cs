using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>One or more commands and replies of every type. Golden files hold their bytes: add samples behind the others, never change one.</summary>
internal static class MessageSamples
{
    private static readonly DateTimeOffset At = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly OperationId Operation = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
    private static readonly RecoveryPointId PointId = new(Guid.Parse("a0000000-0000-0000-0000-00000000000b"));

    private static readonly RecoveryPoint Point = new(
        PointId, 7, 300, RecoveryPointKind.CrashConsistent, At.AddSeconds(-3), At.AddTicks(-1), TimeSpan.FromMilliseconds(2500));

    public static IReadOnlyList<Type> CommandTypes { get; } =
        [.. typeof(Command).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Command)) && !type.IsAbstract).OrderBy(type => type.Name)];

    public static IReadOnlyList<Command> Commands { get; } = [.. OfOperators(), .. OfReports()];

    public static IReadOnlyList<MachineReply> Replies { get; } =
    [
        .. StateSamples.All.Select(state => new MachineReply.Accepted(state)),
        new MachineReply.Refused(new Refusal("ORC5001", "It is not protected.", "Protect it first."), ProtectedMachine.Initial),
    ];

    private static IEnumerable<Command> OfOperators() =>
    [
        new Command.Enable(
            Operation, new MachineId("web-1"), ScenarioId.S0, new SiteName("berlin"), new SiteName("paris"),
            [new DiskSpec(0, "/disks/web.raw", 1L << 33), new DiskSpec(1, "/disks/däta.raw", 4096)], TimeSpan.FromSeconds(30), "alice", At),
        new Command.Enable(Operation, new MachineId("w"), ScenarioId.S7, new SiteName("a"), new SiteName("b"), [], default, "", DateTimeOffset.MinValue),
        new Command.Disable(Operation, "alice", At),
        new Command.StartTestFailover(Operation, null, "alice", At),
        new Command.StartTestFailover(Operation, PointId, "alice", At),
        new Command.CleanUpTest(Operation, "It booted 🙂", "alice", At),
        new Command.FailOver(Operation, FailoverKind.Planned, null, "alice", At),
        new Command.FailOver(Operation, FailoverKind.Unplanned, PointId, "bob", At),
        new Command.ChangePoint(Operation, PointId, "alice", At),
        new Command.Commit(Operation, "alice", At),
        new Command.Cancel(Operation, "alice", At),
        new Command.ReverseReplicate(Operation, "alice", At),
        new Command.Resume(Operation, "alice", At),
    ];

    private static IEnumerable<Command> OfReports() =>
    [
        new Command.Look(At),
        new Command.BeginStep(Operation, Step.AttachSource, At),
        new Command.CompleteStep(Operation, Step.DetachSource, "2 disks", At),
        new Command.FailStep(Operation, Step.FenceSource, "ORC3003", "The site refuses.\nTwice.", true, At),
        new Command.ReportInitialProgress(1, 1L << 20, 1L << 40, At),
        new Command.CompleteInitialReplication(2, At),
        new Command.RecordPoint(3, Point, At),
        new Command.ExpirePoints([PointId, new RecoveryPointId(Guid.Empty)], At),
        new Command.ReportReplicationFailure(4, "ORC3001", "The target does not answer.", true, At),
        new Command.RetryReplication(5, At),
        new Command.ReportReplicationRecovered(6, At),
        new Command.MarkResync(7, "The log was lost.", At),
        new Command.StartResync("alice", At),
        new Command.CompleteResync(long.MaxValue, At),
    ];
}

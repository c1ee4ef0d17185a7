using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>States for tests of pure functions.</summary>
internal static class States
{
    internal static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static Protection Protection { get; } = new(
        new MachineId("web1"), ScenarioId.S0, new SiteName("berlin"), new SiteName("hamburg"), [new DiskSpec(0, "/dev/web1", 1 << 20)],
        TimeSpan.FromSeconds(10), Direction.Forward, 1);

    internal static State.Protected Protected() =>
        new(Protection, new ReplicationState.Normal(0), new ResyncState.None(), new TestState.None(), []);

    internal static State.InitialReplication Copying(long done, long total) =>
        new(Protection, new ReplicationState.Normal(0), done, total, false);

    /// <summary>Point number n is taken n times ten seconds after the start.</summary>
    internal static RecoveryPoint Point(int number) => new(
        new RecoveryPointId(Ids.Of($"point {number}")), number, number * 100, RecoveryPointKind.CrashConsistent,
        Start.AddSeconds(10 * number), Start.AddSeconds((10 * number) + 1), TimeSpan.FromSeconds(11));
}

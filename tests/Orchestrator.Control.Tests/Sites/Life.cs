using Orchestrator.Contracts;
using Orchestrator.Domain.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>One operation and how one sees that it is over.</summary>
internal sealed record LifeStep(string Name, string Kind, Func<State, bool> IsDone, Func<Rig, Guid>? Point = null);

/// <summary>Lives of a machine in scenario S0 that together take every step of every workflow.</summary>
internal static class Life
{
    internal const string Protecting = "protect";

    internal static readonly LifeStep Protect = new("protect", Protecting, IsHealthy);
    internal static readonly LifeStep Test = new("test", OperationKinds.TestFailover, s => s is State.Protected { Test: TestState.Running });
    internal static readonly LifeStep CleanUp = new("clean up", OperationKinds.CleanUpTest, s => s is State.Protected { Test: TestState.None });
    internal static readonly LifeStep Planned = new("planned failover", OperationKinds.PlannedFailover, s => s is State.FailedOver);
    internal static readonly LifeStep Unplanned = new("unplanned failover", OperationKinds.UnplannedFailover, s => s is State.FailedOver);
    internal static readonly LifeStep Commit = new("commit", OperationKinds.Commit, s => s is State.Committed);
    internal static readonly LifeStep Reverse = new("reverse", OperationKinds.Reverse, IsHealthy);
    internal static readonly LifeStep Cancel = new("cancel", OperationKinds.Cancel, IsHealthy);
    internal static readonly LifeStep Disable = new("unprotect", OperationKinds.Disable, s => s is State.Unprotected);

    internal static readonly LifeStep ChangePoint = new("change point", OperationKinds.ChangePoint,
        s => s is State.FailedOver over && over.Point == over.From.Points[0].Id,
        rig => ProtectedMachine.PointsOf(rig.State)[0].Id.Value);

    /// <summary>There, a drill, and back again.</summary>
    internal static readonly LifeStep[] ThereAndBack =
        [Protect, Test, CleanUp, Planned, Commit, Reverse, Planned, Commit, Reverse, Disable];

    /// <summary>Away in need, to an older point, and undone.</summary>
    internal static readonly LifeStep[] ThereAndCancelled = [Protect, Unplanned, ChangePoint, Cancel, Planned, Cancel, Test, Disable];

    internal static bool IsHealthy(State state) => state is State.Protected
    {
        Points.Count: >= 2, Replication: ReplicationState.Normal, Resync: ResyncState.None, Test: TestState.None,
    };

    internal static async Task<Rig> RunAsync(LifeStep[] life, Action<Rig>? prepare = null)
    {
        var rig = new Rig();
        prepare?.Invoke(rig);
        await rig.StartAsync();
        foreach (var step in life) await rig.DoAsync(step);
        return rig;
    }
}

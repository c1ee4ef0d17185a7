using Orchestrator.Contracts;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Queries;

/// <summary>Puts a machine's state, and what the sites say of it, into the API's records. Pure.</summary>
public static class MachineViews
{
    private static readonly (MachineOperation Operation, string Kind)[] Kinds =
    [
        (MachineOperation.TestFailover, OperationKinds.TestFailover),
        (MachineOperation.CleanUpTest, OperationKinds.CleanUpTest),
        (MachineOperation.PlannedFailover, OperationKinds.PlannedFailover),
        (MachineOperation.UnplannedFailover, OperationKinds.UnplannedFailover),
        (MachineOperation.ChangePoint, OperationKinds.ChangePoint),
        (MachineOperation.Commit, OperationKinds.Commit),
        (MachineOperation.Cancel, OperationKinds.Cancel),
        (MachineOperation.ReverseReplicate, OperationKinds.Reverse),
        (MachineOperation.Resume, OperationKinds.Resume),
        (MachineOperation.Disable, OperationKinds.Disable),
    ];

    /// <summary>The machine's status.</summary>
    public static MachineStatus StatusOf(MachineLook look, DateTimeOffset now)
    {
        var state = look.State;
        var protection = ProtectedMachine.ProtectionOf(state)
            ?? throw new ArgumentException("An unprotected machine has no status.", nameof(look));
        var health = ProtectedMachine.Health(state);
        var points = ProtectedMachine.PointsOf(state);
        return new MachineStatus(
            look.Name, protection.Scenario.ToString(), NameOf(state), health.Level.ToString(),
            [.. health.Select(reason => new HealthReasonView(reason.Code, reason.Level.ToString(), reason.Message, reason.Advice))],
            protection.ActiveSite.Value, protection.StandbySite.Value, protection.Activation,
            ReplicationOf(state, look.Source?.Replication), RpoOf(state, now, look.Source?.Replication?.RecoverableAsOf), points.Count, PointOf(points.Latest),
            DisksOf(protection, look), OperationsOf(state), ProtectedMachine.WorkflowOf(state)?.Operation.Value);
    }

    /// <summary>The state's name, as the API tells it.</summary>
    public static string NameOf(ProtectedMachine.State state) => state.GetType().Name;

    /// <summary>The operations and whether each is allowed now.</summary>
    public static IReadOnlyList<OperationView> OperationsOf(ProtectedMachine.State state)
    {
        var verdicts = ProtectedMachine.AllowedOperations(state).ToDictionary(verdict => verdict.Operation);
        return [.. Kinds.Select(kind => new OperationView(kind.Kind, verdicts[kind.Operation].IsAllowed, ErrorOf(verdicts[kind.Operation].Refusal)))];
    }

    /// <summary>A refusal with what is allowed instead.</summary>
    public static ErrorView RefusalOf(Refusal refusal, ProtectedMachine.State state) => new(
        refusal.Code, refusal.Message, refusal.Advice,
        [.. OperationsOf(state).Where(operation => operation.Allowed).Select(operation => operation.Kind)]);

    /// <summary>A recovery point.</summary>
    public static PointView? PointOf(RecoveryPoint? point) => point is null
        ? null
        : new PointView(point.Id.Value, point.Sequence, point.Kind.ToString(), point.TakenAt, point.AvailableAt, point.Rpo);

    /// <summary>The age of what would be lost now: nothing is told while the machine is not replicated.</summary>
    /// <param name="state">The machine's state.</param>
    /// <param name="now">The present.</param>
    /// <param name="recoverableAsOf">Until when the machine is known to equal its last point, having written nothing; null when unknown.</param>
    public static TimeSpan? RpoOf(ProtectedMachine.State state, DateTimeOffset now, DateTimeOffset? recoverableAsOf = null) =>
        state is ProtectedMachine.State.Protected { Latest: { } latest }
            ? now - (recoverableAsOf > latest.TakenAt ? recoverableAsOf.Value : latest.TakenAt)
            : null;

    private static ReplicationView? ReplicationOf(ProtectedMachine.State state, ReplicationProgress? run)
    {
        if (run is null) return null;
        var error = ProtectedMachine.ReplicationOf(state) switch
        {
            ReplicationState.Retrying r => new ErrorView(r.Code, r.Message, $"Tried again at {r.RetryAt:u}.", []),
            ReplicationState.Stopped r => new ErrorView(r.Code, r.Message, r.Advice, []),
            _ => null,
        };
        var phase = error is not null ? "Failed" : run switch
        {
            { Running: false } => "Idle",
            { CopyCompleted: true } => "Delta",
            _ => run.Mode.ToString(),
        };
        return new ReplicationView(phase, run.BytesTotal, run.BytesDone, run.RawBytes, run.SentBytes, run.BacklogBytes, error);
    }

    private static IReadOnlyList<DiskView> DisksOf(Protection protection, MachineLook look)
    {
        var exports = look.Replica is { Exports.Count: > 0 } active ? active.Exports : look.Source?.Exports ?? [];
        var recoveryPaths = protection.ActiveSite == protection.Recovery
            ? look.Source?.Exports.Select(disk => disk.Path).ToArray() ?? [] : look.Replica?.Paths ?? [];
        if (recoveryPaths.Count == 0) recoveryPaths = look.Replica?.Paths ?? [];
        return [.. protection.Disks.Select(disk => new DiskView(
            disk.Index, disk.Length, exports.FirstOrDefault(export => export.Index == disk.Index)?.Uri,
            look.Replica?.TestExports.FirstOrDefault(export => export.Index == disk.Index)?.Uri, disk.SourcePath,
            disk.Index < recoveryPaths.Count ? recoveryPaths[disk.Index] : null))];
    }

    private static ErrorView? ErrorOf(Refusal? refusal) =>
        refusal is null ? null : new ErrorView(refusal.Code, refusal.Message, refusal.Advice, []);
}

/// <summary>A machine's durable state together with what its sites say at the moment.</summary>
/// <param name="Name">The machine.</param>
/// <param name="State">Its durable state.</param>
/// <param name="Source">What the site that writes says; null when it says nothing.</param>
/// <param name="Replica">What the site of the replica says; null when it says nothing.</param>
public sealed record MachineLook(string Name, ProtectedMachine.State State, SourceStatus? Source, ReplicaStatus? Replica);

using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>What a scripted site captures.</summary>
internal sealed class ScriptedSource
{
    internal const long CopyBytes = 1000;

    internal long Activation { get; set; }

    internal bool Fenced { get; set; }

    internal CaptureLoss? Loss { get; set; }

    internal ReplicationProgress? Run { get; private set; }

    internal void Start(ReplicationRequest request)
    {
        var hasLost = request.Mode != CopyMode.Delta && Loss is not null && Run is { Running: false };
        if (!hasLost && Run is { } run && run.Generation >= request.Generation && (run.Running || run.Error is not null)
            && (run.Mode == request.Mode || (run.CopyCompleted && request.Mode == CopyMode.Delta)))
        {
            return;
        }

        if (request.Mode != CopyMode.Delta) Loss = null;
        Run = new ReplicationProgress(
            request.Mode, request.Generation, true, request.Mode == CopyMode.Delta, CopyBytes, 0, 0, 0, 0, null);
    }

    /// <summary>The log overflows, and the run ends with that.</summary>
    internal void Lose(CaptureLoss loss)
    {
        Loss = loss;
        Run = Run! with { Running = false, Error = new ReplicationFault(loss.Code, loss.Message, false) };
    }

    /// <summary>A run that was stopped is gone, its error too.</summary>
    internal void Stop() => Run = null;

    /// <summary>Each look finds the copy half further.</summary>
    internal SourceStatus Look(bool isLinkBroken, IReadOnlyList<DiskExport> exports)
    {
        if (Run is { Running: true } broken && isLinkBroken)
        {
            Run = broken with { Running = false, Error = new ReplicationFault(ErrorCodes.TargetUnreachable, "The link is broken.", true) };
        }

        var status = new SourceStatus(exports, Activation, Fenced, Loss, Run);
        if (Run is { Running: true, CopyCompleted: false } copying)
        {
            Run = copying with { BytesDone = copying.BytesDone + (CopyBytes / 2), CopyCompleted = copying.BytesDone >= CopyBytes / 2 };
        }

        return status;
    }
}

/// <summary>What a scripted site keeps for another.</summary>
internal sealed class ScriptedReplica
{
    internal string State { get; set; } = "Receiving";

    internal bool HasTest { get; set; }

    internal ReplicationFault? Fault { get; set; }

    internal List<ReplicaPointStatus> Points { get; } = [];

    internal void TakeIfDue(DateTimeOffset now)
    {
        if (Points.Count == 0 || now - Points[^1].TakenAt >= World.PointInterval) Take(Ids.Of($"point {now:O}"), EpochKind.CrashConsistent, now);
    }

    internal void Take(Guid id, EpochKind kind, DateTimeOffset now)
    {
        if (Points.All(point => point.Id != id)) Points.Add(new ReplicaPointStatus(id, Points.Count + 1, (Points.Count + 1) * 100, kind, now, now));
    }

    internal ReplicaStatus Look(IReadOnlyList<DiskExport> active, IReadOnlyList<DiskExport> test) => new(
        State, true, Points.Count * 100, [.. Points], State == "Receiving" ? [] : active, HasTest ? test : [], ["/replica"], Fault);
}

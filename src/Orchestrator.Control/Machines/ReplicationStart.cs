using Orchestrator.Control.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Machines;

/// <summary>Makes the source site replicate as the machine's state wants it.</summary>
internal static class ReplicationStart
{
    /// <summary>Starts replication unless a run of this generation already serves the mode.</summary>
    /// <param name="source">Where the machine runs.</param>
    /// <param name="target">Where its replica is.</param>
    /// <param name="protection">What is replicated.</param>
    /// <param name="mode">How it is to be copied.</param>
    /// <param name="generation">Raised by every recorded failure: a run that ended with an error serves until its failure is recorded.</param>
    /// <param name="restartsLost">Whether a run that ended because changes were lost serves no more: its restart is on record.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task EnsureAsync(
        Site source, Site target, Protection protection, CopyMode mode, long generation, bool restartsLost, CancellationToken cancellation)
    {
        var id = protection.Machine.Value;
        var status = await source.Replication.GetSourceAsync(id, cancellation);
        if (status?.Replication is { } run && Serves(run, mode, generation) && !(restartsLost && HasLost(status))) return;
        var keys = await target.Replication.GetReplicaKeysAsync(id, cancellation);
        await source.Replication.StartReplicationAsync(new ReplicationRequest(
            id, mode, protection.Activation, target.Name.Value, target.ReplicaAddress, protection.PointInterval, generation, keys), cancellation);
    }

    private static bool HasLost(SourceStatus status) => status is { Loss: not null, Replication.Running: false };

    /// <summary>A finished copy goes on as a stream of deltas: it serves both modes.</summary>
    public static bool Serves(ReplicationProgress run, CopyMode mode, long generation) =>
        run.Generation >= generation && (run.Running || run.Error is not null) && (run.Mode == mode || (run.CopyCompleted && mode == CopyMode.Delta));
}

using Orchestrator.Control.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Machines;

/// <summary>Makes the source site replicate as the machine's state wants it.</summary>
internal static class ReplicationStart
{
    /// <summary>Starts replication unless a run of this generation already serves the mode.</summary>
    public static async Task EnsureAsync(
        Site source, Site target, Protection protection, CopyMode mode, long generation, CancellationToken cancellation)
    {
        var id = protection.Machine.Value;
        var status = await source.Replication.GetSourceAsync(id, cancellation);
        if (status?.Replication is { } run && Serves(run, mode, generation)) return;
        var keys = await target.Replication.GetReplicaKeysAsync(id, cancellation);
        await source.Replication.StartReplicationAsync(new ReplicationRequest(
            id, mode, protection.Activation, target.Name.Value, target.ReplicaAddress, protection.PointInterval, generation, keys), cancellation);
    }

    /// <summary>A finished copy goes on as a stream of deltas: it serves both modes.</summary>
    public static bool Serves(ReplicationProgress run, CopyMode mode, long generation) =>
        run.Generation >= generation && (run.Running || run.Error is not null) && (run.Mode == mode || (run.CopyCompleted && mode == CopyMode.Delta));
}

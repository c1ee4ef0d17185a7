using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>The way to one replica, wherever it is. Thread-safe.</summary>
/// <remarks>Every call throws <see cref="ReplicationException"/>: <see cref="ErrorCodes.TargetUnreachable"/> (transient) and
/// <see cref="ErrorCodes.AuthenticationFailed"/> of the link, and whatever the replica answered. Nothing is retried here: a batch whose
/// answer got lost may be stored, which the next session's cursor tells.</remarks>
public interface IReplicaLink
{
    /// <summary>Begins a session; see <see cref="IReplica.OpenSession"/>.</summary>
    Task<ReplicaCursor> OpenSessionAsync(SessionRequest request, CancellationToken cancellation);

    /// <summary>Delivers a batch; completes when it is durable on the target. See <see cref="IReplica.Ingest"/>.</summary>
    /// <param name="number">The batch's number.</param>
    /// <param name="frame">Its frame; must not change until the call completes.</param>
    /// <param name="cancellation">Gives up waiting; the batch may arrive nevertheless.</param>
    Task<ReplicaCursor> SendAsync(long number, ReadOnlyMemory<byte> frame, CancellationToken cancellation);

    /// <summary>How far the replica got.</summary>
    Task<ReplicaCursor> GetCursorAsync(CancellationToken cancellation);

    /// <summary>Fills <paramref name="hashes"/> with the keyed hashes of consecutive blocks; see <see cref="IReplica.HashBlocks"/>.</summary>
    Task HashBlocksAsync(
        int disk, long firstBlock, ReadOnlyMemory<byte> key, Memory<byte> hashes, CancellationToken cancellation);
}

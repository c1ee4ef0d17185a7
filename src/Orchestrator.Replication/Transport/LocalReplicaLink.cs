using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>The link to a replica in the same process: replication between two disks of one machine.</summary>
public sealed class LocalReplicaLink : IReplicaLink
{
    private readonly IReplica _replica;

    /// <summary>Creates the link.</summary>
    public LocalReplicaLink(IReplica replica) => _replica = replica;

    /// <inheritdoc/>
    public Task<ReplicaCursor> OpenSessionAsync(SessionRequest request, CancellationToken cancellation) =>
        Task.Run(() => _replica.OpenSession(request), cancellation);

    /// <inheritdoc/>
    public Task<ReplicaCursor> SendAsync(long number, ReadOnlyMemory<byte> frame, CancellationToken cancellation) =>
        Task.Run(() => _replica.Ingest(BatchFrame.Verify(frame.Span), frame), cancellation);

    /// <inheritdoc/>
    public Task<ReplicaCursor> GetCursorAsync(CancellationToken cancellation) => Task.FromResult(_replica.Cursor);

    /// <inheritdoc/>
    public Task HashBlocksAsync(
        int disk, long firstBlock, ReadOnlyMemory<byte> key, Memory<byte> hashes, CancellationToken cancellation) =>
        Task.Run(() => _replica.HashBlocks(disk, firstBlock, key.Span, hashes.Span), cancellation);
}

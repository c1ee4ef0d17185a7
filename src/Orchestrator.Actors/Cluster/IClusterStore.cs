using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Cluster;

/// <summary>Leases of nodes and ownership of shards, kept where the journal is kept.</summary>
/// <remarks>
/// The store's own clock judges every lease inside the statement that acts on it; no caller's clock counts. Every change of the
/// right to write to a shard raises its epoch, because the journal's append compares nothing else.
/// </remarks>
public interface IClusterStore
{
    /// <summary>Adds an incarnation with a fresh lease.</summary>
    /// <returns>The live or unexpired incarnation that holds the same name, and then nothing was added; else null.</returns>
    /// <remarks>An incarnation of that name whose lease has run out is declared down in the same step.</remarks>
    ValueTask<MemberRecord?> JoinAsync(NodeRecord node, LeaseTerms lease, CancellationToken cancellation);

    /// <summary>Extends the lease from the store's present time.</summary>
    /// <returns>False when the incarnation is down: it must end.</returns>
    ValueTask<bool> RenewAsync(Guid node, LeaseTerms lease, CancellationToken cancellation);

    /// <summary>Everything at one moment.</summary>
    ValueTask<ClusterView> ReadAsync(CancellationToken cancellation);

    /// <summary>Declares down whose lease ran out longer than the grace ago.</summary>
    /// <remarks>
    /// Only a witness whose own lease has held unbroken for a whole term and grace may: after an outage of the store
    /// everybody gets that long to renew.
    /// </remarks>
    /// <returns>Those declared down by this call.</returns>
    ValueTask<IReadOnlyList<Guid>> DeclareDeadAsync(Guid witness, LeaseTerms lease, CancellationToken cancellation);

    /// <summary>Takes those of the shards that are free, meant for this node, or owned by a node that is down.</summary>
    /// <returns>A grant, with raised epoch, for each one taken.</returns>
    ValueTask<IReadOnlyList<ShardGrant>> ClaimAsync(Guid node, IReadOnlyList<int> shards, CancellationToken cancellation);

    /// <summary>Announces that a shard is about to move.</summary>
    /// <returns>Whether the node owned it under that epoch.</returns>
    ValueTask<bool> BeginHandOffAsync(Guid node, int shardId, long epoch, Guid to, CancellationToken cancellation);

    /// <summary>Gives a shard free, for the node it was announced to first; raises the epoch.</summary>
    /// <returns>Whether the node owned it under that epoch.</returns>
    ValueTask<bool> ReleaseAsync(Guid node, int shardId, long epoch, CancellationToken cancellation);

    /// <summary>Ends an incarnation and gives all its shards free.</summary>
    ValueTask LeaveAsync(Guid node, CancellationToken cancellation);
}

/// <summary>How long a lease holds.</summary>
/// <param name="Term">From one renewal; the node stops outside effects before it is over.</param>
/// <param name="Grace">How much longer others wait before they declare the node dead.</param>
public sealed record LeaseTerms(TimeSpan Term, TimeSpan Grace)
{
    /// <summary>12 s and 3 s: a killed node's shards are free again after 15 s, and three renewals may fail before.</summary>
    public static LeaseTerms Default { get; } = new(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(3));

    /// <summary>How long a shard that was released for one node is left to it.</summary>
    public static TimeSpan Reservation { get; } = TimeSpan.FromSeconds(5);
}

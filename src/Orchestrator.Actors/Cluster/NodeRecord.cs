namespace Orchestrator.Actors.Cluster;

/// <summary>One start of one node, as the cluster's store holds it.</summary>
/// <param name="Id">Drawn anew at every start: an incarnation that was declared dead never comes back.</param>
/// <param name="Name">The configured name; one live node has it at a time.</param>
/// <param name="Address">Where other nodes reach it.</param>
/// <param name="Zone">The site it stands in.</param>
/// <param name="HostsEntities">Whether it takes shards; a node may also only forward.</param>
/// <param name="Build">The product version.</param>
/// <param name="CertificateSha256">The SHA-256 of the certificate it shows other nodes; empty when there is no bus.</param>
public sealed record NodeRecord(
    Guid Id, string Name, Uri Address, string Zone, bool HostsEntities, string Build, ReadOnlyMemory<byte> CertificateSha256);

/// <summary>A node and its lease, judged by the clock of the store.</summary>
/// <param name="Node">The node.</param>
/// <param name="LeaseSince">Since when the lease is unbroken.</param>
/// <param name="LeaseUntil">Until when it holds unless renewed.</param>
public sealed record MemberRecord(NodeRecord Node, DateTimeOffset LeaseSince, DateTimeOffset LeaseUntil);

/// <summary>Who may write to a shard.</summary>
public enum ShardState
{
    /// <summary>Nobody; whoever claims it first.</summary>
    Free = 0,

    /// <summary>Its owner.</summary>
    Owned = 1,

    /// <summary>Its owner, which is about to give it to another node.</summary>
    Draining = 2,

    /// <summary>Nobody until an operator has looked: the store was rewound or written by somebody else.</summary>
    Quarantined = 3,
}

/// <summary>A shard and its owner.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="State">Who may write.</param>
/// <param name="Owner">The incarnation that owns it, or null.</param>
/// <param name="Epoch">The fencing epoch; every change of the right to write raises it.</param>
/// <param name="HandOffTo">For whom a draining or free shard is meant, or null.</param>
/// <param name="ReleasedAt">When it became free, on the store's clock.</param>
public sealed record ShardRecord(
    int ShardId, ShardState State, Guid? Owner, long Epoch, Guid? HandOffTo, DateTimeOffset? ReleasedAt);

/// <summary>All nodes that are not down, and all shards, at one moment.</summary>
/// <param name="Now">The store's clock.</param>
/// <param name="Members">The nodes, ordered by id.</param>
/// <param name="Shards">The shards, ordered by number.</param>
public sealed record ClusterView(DateTimeOffset Now, IReadOnlyList<MemberRecord> Members, IReadOnlyList<ShardRecord> Shards)
{
    /// <summary>The node, or null when it is down or unknown.</summary>
    public MemberRecord? Find(Guid id) => Members.FirstOrDefault(member => member.Node.Id == id);
}

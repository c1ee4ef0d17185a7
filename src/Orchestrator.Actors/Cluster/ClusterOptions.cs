namespace Orchestrator.Actors.Cluster;

/// <summary>How a node takes part in its cluster.</summary>
public sealed record ClusterOptions
{
    /// <summary>Makes the record of the next incarnation; called at every join, with a fresh id each time.</summary>
    public required Func<NodeRecord> Node { get; init; }

    /// <summary>Terms of the lease.</summary>
    public LeaseTerms Lease { get; init; } = LeaseTerms.Default;

    /// <summary>The lease counts as lost this long before the store would say so.</summary>
    public TimeSpan Safety { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The time between two rounds of renewing and looking, ± 20 %.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>How long entities of a departing shard may take to end their turns.</summary>
    public TimeSpan HardStop { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How far the local clock may be off the store's at the start.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where shards go.</summary>
    public PlacementRules Placement { get; init; } = new();

    /// <summary>Receives what an operator or a router may want to know; must neither block nor throw.</summary>
    public Action<ClusterEvent> OnEvent { get; init; } = _ => { };
}

/// <summary>What happens in the cluster, as one node sees it.</summary>
public abstract record ClusterEvent
{
    private ClusterEvent()
    {
    }

    /// <summary>The node has joined.</summary>
    /// <param name="Node">Its incarnation.</param>
    public sealed record Joined(Guid Node) : ClusterEvent;

    /// <summary>A newer view was read.</summary>
    /// <param name="View">The view.</param>
    public sealed record ViewRead(ClusterView View) : ClusterEvent;

    /// <summary>Other nodes were declared dead by this one.</summary>
    /// <param name="Nodes">Their incarnations.</param>
    public sealed record DeclaredDead(IReadOnlyList<Guid> Nodes) : ClusterEvent;

    /// <summary>Shards came to this node.</summary>
    /// <param name="Shards">The shards.</param>
    public sealed record Claimed(IReadOnlyList<int> Shards) : ClusterEvent;

    /// <summary>A shard was given to another node.</summary>
    /// <param name="ShardId">The shard.</param>
    /// <param name="To">The receiver.</param>
    /// <param name="InTime">Whether its entities had ended before the hard stop.</param>
    public sealed record HandedOff(int ShardId, Guid To, bool InTime) : ClusterEvent;

    /// <summary>The lease could not be renewed in time: outside effects and ingress stop; what waits for the journal waits.</summary>
    public sealed record Suspended : ClusterEvent;

    /// <summary>The lease was renewed before others took over: all goes on.</summary>
    public sealed record Resumed : ClusterEvent;

    /// <summary>Others have declared this incarnation dead: its shards are gone, it joins anew.</summary>
    /// <param name="Node">The incarnation that ended.</param>
    public sealed record Expelled(Guid Node) : ClusterEvent;

    /// <summary>The store failed; the next round tries again.</summary>
    /// <param name="Error">The error.</param>
    public sealed record StoreFailed(Exception Error) : ClusterEvent;
}

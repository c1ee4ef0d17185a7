using System.Buffers.Binary;

namespace Orchestrator.Actors.Cluster;

/// <summary>What one node does about the shards next.</summary>
/// <param name="Claim">Shards to claim.</param>
/// <param name="HandOff">Own shards to give away, and to whom.</param>
public sealed record PlacementPlan(IReadOnlyList<int> Claim, IReadOnlyList<(int ShardId, Guid To)> HandOff)
{
    /// <summary>Nothing to do.</summary>
    public static PlacementPlan Nothing { get; } = new([], []);
}

/// <summary>Rules of placement.</summary>
public sealed record PlacementRules
{
    /// <summary>Zones in order of preference: shards live in the first one that has a live node. Empty: in all.</summary>
    public IReadOnlyList<string> PreferredZones { get; init; } = [];

    /// <summary>Nothing is rebalanced until every node's lease has held for so long: nodes that come and go must not make shards travel.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The share of all shards one node gives away in a round, as a fraction.</summary>
    public double HandOffShare { get; init; } = 0.05;
}

/// <summary>Decides without a coordinator which node takes and gives which shards: every node computes it from the same view.</summary>
/// <remarks>
/// Free shards go to the node that ranks highest by rendezvous hashing (Thaler, Ravishankar 1998) and has room below
/// ceil(shards / nodes). Two nodes that saw different views may want the same shard: the claim is a compare-and-swap, one gets it.
/// </remarks>
public static class Placement
{
    /// <summary>The plan of one node.</summary>
    /// <param name="view">The cluster.</param>
    /// <param name="me">The node that plans.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="overdue">Shards that stayed free although another node should have taken them: whoever has seen it takes them.</param>
    public static PlacementPlan Plan(ClusterView view, Guid me, PlacementRules rules, IReadOnlySet<int> overdue)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(overdue);
        var hosts = Hosts(view, rules);
        if (hosts.Count == 0)
            return PlacementPlan.Nothing;

        var load = hosts.ToDictionary(host => host, host => view.Shards.Count(shard => shard.Owner == host));
        return new PlacementPlan(hosts.Contains(me) ? Claims(view, me, load, overdue) : [], HandOffs(view, me, load, rules));
    }

    /// <summary>Whether anybody may claim the shard now.</summary>
    public static bool IsFree(ClusterView view, ShardRecord shard)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(shard);
        return shard.State != ShardState.Quarantined && (shard.Owner is not { } owner || view.Find(owner) is null);
    }

    private static List<Guid> Hosts(ClusterView view, PlacementRules rules)
    {
        var live = view.Members.Where(member => member.Node.HostsEntities && member.LeaseUntil > view.Now).ToList();
        var zone = rules.PreferredZones.FirstOrDefault(zone => live.Exists(member => member.Node.Zone == zone));
        return [.. live.Where(member => zone is null || member.Node.Zone == zone).Select(member => member.Node.Id).Order()];
    }

    private static List<int> Claims(ClusterView view, Guid me, Dictionary<Guid, int> load, IReadOnlySet<int> overdue)
    {
        var quota = (view.Shards.Count + load.Count - 1) / load.Count;
        var planned = new Dictionary<Guid, int>(load);
        var claims = new List<int>();
        foreach (var shard in view.Shards.Where(shard => IsFree(view, shard)))
        {
            var taker = Taker(view, shard, planned, quota);
            planned[taker]++;
            if (taker == me || overdue.Contains(shard.ShardId))
                claims.Add(shard.ShardId);
        }

        return claims;
    }

    private static Guid Taker(ClusterView view, ShardRecord shard, Dictionary<Guid, int> planned, int quota)
    {
        if (shard.HandOffTo is { } to && planned.ContainsKey(to) && view.Now - shard.ReleasedAt < LeaseTerms.Reservation)
            return to;

        var roomy = planned.Where(node => node.Value < quota).Select(node => node.Key).ToList();
        return (roomy.Count > 0 ? roomy : [.. planned.Keys]).MaxBy(node => Score(node, shard.ShardId));
    }

    private static List<(int ShardId, Guid To)> HandOffs(ClusterView view, Guid me, Dictionary<Guid, int> load, PlacementRules rules)
    {
        var mine = view.Shards.Where(shard => shard.Owner == me && shard.State == ShardState.Owned).Select(shard => shard.ShardId).ToList();
        if (mine.Count == 0 || !IsSettled(view, rules))
            return [];

        var planned = new Dictionary<Guid, int>(load);
        var staysHost = planned.Remove(me, out var own);
        var keep = staysHost ? own - Spare(view, me, load, own) : 0;
        var left = mine.Count - Math.Max(1, (int)(view.Shards.Count * rules.HandOffShare));
        var moves = new List<(int ShardId, Guid To)>();
        while (mine.Count > Math.Max(keep, left) && Receiver(planned, staysHost ? mine.Count : int.MaxValue) is { } to)
        {
            var shard = mine.MaxBy(shard => Score(to, shard));
            mine.Remove(shard);
            planned[to]++;
            moves.Add((shard, to));
        }

        return moves;
    }

    /// <summary>What is above the fair share; the last shards are evened out by the most loaded node alone, or several would overshoot.</summary>
    private static int Spare(ClusterView view, Guid me, Dictionary<Guid, int> load, int own)
    {
        var quota = (view.Shards.Count + load.Count - 1) / load.Count;
        var isMostLoaded = load.OrderByDescending(node => node.Value).ThenBy(node => node.Key).First().Key == me;
        return Math.Max(own - quota, isMostLoaded ? 1 : 0);
    }

    /// <summary>The least loaded node, if it has at least two shards less than the giver.</summary>
    private static Guid? Receiver(Dictionary<Guid, int> planned, int giver)
    {
        if (planned.Count == 0)
            return null;

        var least = planned.OrderBy(node => node.Value).ThenBy(node => node.Key).First();
        return giver - least.Value >= 2 ? least.Key : null;
    }

    private static bool IsSettled(ClusterView view, PlacementRules rules) =>
        view.Members.All(member => view.Now - member.LeaseSince >= rules.Settle && member.LeaseUntil > view.Now)
        && view.Shards.All(shard => shard.State != ShardState.Draining && !IsFree(view, shard));

    // FNV-1a over both numbers with the finalizer of MurmurHash3, as for shards: the same on every node.
    private static ulong Score(Guid node, int shardId)
    {
        Span<byte> bytes = stackalloc byte[20];
        node.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], shardId);
        var hash = 14695981039346656037UL;
        foreach (var value in bytes)
            hash = unchecked((hash ^ value) * 1099511628211UL);

        hash = unchecked((hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL);
        return hash ^ (hash >> 33);
    }
}

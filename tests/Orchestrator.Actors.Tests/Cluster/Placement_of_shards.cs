using Orchestrator.Actors.Cluster;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Cluster;

public sealed class Placement_of_shards
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<int> NothingOverdue = [];

    [Fact]
    public void Gives_every_free_shard_to_exactly_one_node_within_its_share()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var view = AnyView(seed);
            var claims = view.Members.ToDictionary(
                member => member.Node.Id, member => Placement.Plan(view, member.Node.Id, new PlacementRules(), NothingOverdue).Claim);
            var free = view.Shards.Where(shard => Placement.IsFree(view, shard)).Select(shard => shard.ShardId);

            claims.Values.SelectMany(shards => shards).Order().Should().Equal(free, $"seed {seed}");
            var quota = (view.Shards.Count + view.Members.Count - 1) / view.Members.Count;
            foreach (var (node, shards) in claims.Where(entry => entry.Value.Count > 0))
                (view.Shards.Count(shard => shard.Owner == node) + shards.Count).Should().BeLessThanOrEqualTo(quota, $"seed {seed}");
        }
    }

    [Fact]
    public void Moves_only_towards_balance()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var view = Owned(AnyView(seed));
            var before = Spread(view);
            foreach (var member in view.Members)
            {
                foreach (var (shardId, to) in Placement.Plan(view, member.Node.Id, new PlacementRules(), NothingOverdue).HandOff)
                {
                    view.Shards[shardId].Owner.Should().Be(member.Node.Id);
                    to.Should().NotBe(member.Node.Id);
                    view = view with { Shards = [.. view.Shards.Select(shard => shard.ShardId == shardId ? shard with { Owner = to } : shard)] };
                }
            }

            Spread(view).Should().BeLessThanOrEqualTo(before, $"seed {seed}");
        }
    }

    [Fact]
    public void Comes_to_rest_balanced()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var view = Owned(AnyView(seed));
            for (var round = 0; round < 400; round++)
            {
                var member = view.Members[round % view.Members.Count];
                foreach (var (shardId, to) in Placement.Plan(view, member.Node.Id, new PlacementRules(), NothingOverdue).HandOff)
                    view = view with { Shards = [.. view.Shards.Select(shard => shard.ShardId == shardId ? shard with { Owner = to } : shard)] };
            }

            Spread(view).Should().BeLessThanOrEqualTo(1, $"seed {seed}");
        }
    }

    [Fact]
    public void Waits_while_a_node_is_young_or_a_shard_is_on_its_way()
    {
        var view = Owned(AnyView(3));
        var all = view with { Shards = [.. view.Shards.Select(shard => shard with { Owner = view.Members[0].Node.Id })] };
        Plan(all).HandOff.Should().NotBeEmpty();

        var young = all with { Members = [.. all.Members.Select((member, i) => i == 1 ? member with { LeaseSince = Now } : member)] };
        Plan(young).HandOff.Should().BeEmpty();
        var moving = all with { Shards = [all.Shards[0] with { State = ShardState.Draining }, .. all.Shards.Skip(1)] };
        Plan(moving).HandOff.Should().BeEmpty();

        PlacementPlan Plan(ClusterView seen) => Placement.Plan(seen, seen.Members[0].Node.Id, new PlacementRules(), NothingOverdue);
    }

    [Fact]
    public void Leaves_a_quarantined_shard_alone()
    {
        var view = AnyView(1);
        view = view with { Shards = [.. view.Shards.Select(shard => shard with { Owner = null, State = ShardState.Quarantined })] };

        Placement.Plan(view, view.Members[0].Node.Id, new PlacementRules(), Enumerable.Range(0, 64).ToHashSet()).Claim.Should().BeEmpty();
    }

    private static ClusterView AnyView(int seed)
    {
        var random = new SeededRandom(seed);
        var nodes = Enumerable.Range(1, 1 + random.Next(6)).Select(_ => new Guid(random.Next(), 0, 0, new byte[8])).Order().ToList();
        var members = nodes.Select(id => new MemberRecord(
            new NodeRecord(id, $"n{id}", new Uri("https://n:9443"), "east", true, "1.0", default), Now - TimeSpan.FromMinutes(1), Now + TimeSpan.FromSeconds(9)));
        var quota = 64 / nodes.Count;
        var load = new Dictionary<Guid, int>();
        var shards = Enumerable.Range(0, 64).Select(shard =>
        {
            var owner = nodes[random.Next(nodes.Count)];
            var isOwned = random.Next(3) > 0 && load.GetValueOrDefault(owner) < quota;
            load[owner] = load.GetValueOrDefault(owner) + (isOwned ? 1 : 0);
            return new ShardRecord(shard, isOwned ? ShardState.Owned : ShardState.Free, isOwned ? owner : null, 1, null, null);
        });
        return new ClusterView(Now, [.. members], [.. shards]);
    }

    /// <summary>The same with every shard owned, unevenly.</summary>
    private static ClusterView Owned(ClusterView view) => view with
    {
        Shards = [.. view.Shards.Select(shard => shard with { State = ShardState.Owned, Owner = shard.Owner ?? view.Members[0].Node.Id })],
    };

    private static int Spread(ClusterView view)
    {
        var loads = view.Members.Select(member => view.Shards.Count(shard => shard.Owner == member.Node.Id)).ToList();
        return loads.Max() - loads.Min();
    }
}

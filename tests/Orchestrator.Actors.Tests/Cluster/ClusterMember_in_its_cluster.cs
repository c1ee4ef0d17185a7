using Orchestrator.Actors.Cluster;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Cluster;

public sealed class ClusterMember_in_its_cluster
{
    [Fact]
    public async Task Alone_takes_all_shards()
    {
        await using var cluster = new LedgerCluster();
        var only = await cluster.StartAsync("n1");

        only.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);
        (await cluster.Loop.RunAsync(() => only.Add("a", "one"))).Should().Be(1);
    }

    [Fact]
    public async Task Gives_a_newcomer_its_share_a_few_shards_at_a_time_and_loses_no_command()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        second.System.ServedShards.Should().BeEmpty("its lease is young: it might be gone in a moment");

        var sums = new Dictionary<string, int>();
        for (var round = 1; round <= 60; round++)
        {
            await cluster.AdvanceAsync(1);
            cluster.ShouldHaveOneServerPerShard();
            foreach (var name in Enumerable.Range(0, 8).Select(i => $"e{i}"))
                sums[name] = await cluster.Loop.RunAsync(() => (round % 2 == 0 ? first : second).Add(name, $"op{round}"), LedgerNode.Patience);
        }

        sums.Values.Should().AllBeEquivalentTo(60);
        first.System.ServedShards.Should().HaveCount(16);
        second.System.ServedShards.Should().HaveCount(16);
        var handOffs = first.Events.OfType<ClusterEvent.HandedOff>().ToList();
        handOffs.Should().HaveCount(16);
        handOffs.TrueForAll(handOff => handOff.InTime).Should().BeTrue();
        await cluster.AdvanceAsync(300);
        first.Events.OfType<ClusterEvent.HandedOff>().Should().HaveCount(16, "a balanced cluster stays as it is");
    }

    [Fact]
    public async Task Takes_over_from_a_killed_node_within_20_seconds()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        var third = await cluster.StartAsync("n3");
        await cluster.AdvanceAsync(120);
        second.System.ServedShards.Should().NotBeEmpty();

        second.Kill();
        await cluster.AdvanceAsync(20);

        cluster.ShouldServeAllShards();
        first.System.ServedShards.Should().HaveCount(16);
        third.System.ServedShards.Should().HaveCount(16);
    }

    [Fact]
    public async Task Cut_off_from_the_store_serves_nothing_before_anyone_may_take_over_and_ends_its_incarnation_when_it_returns()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        var before = second.Cluster.Node.Id;
        second.Membership.IsCutOff = true;
        for (var second1 = 0; second1 < 30; second1++)
        {
            await cluster.AdvanceAsync(1);
            cluster.ShouldHaveOneServerPerShard();
        }

        second.Events.OfType<ClusterEvent.Suspended>().Should().ContainSingle();
        first.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);

        second.Membership.IsCutOff = false;
        await cluster.AdvanceAsync(120);

        second.Events.OfType<ClusterEvent.Expelled>().Should().ContainSingle();
        second.Cluster.Node.Id.Should().NotBe(before);
        cluster.ShouldServeAllShards();
        second.System.ServedShards.Should().HaveCount(16, "it is a node like any other again");
    }

    [Fact]
    public async Task Goes_on_where_it_was_when_the_store_was_away_for_all()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        cluster.Members.ForEach(member => member.Membership.IsCutOff = true);
        await cluster.AdvanceAsync(60);
        cluster.Members.ForEach(member => member.System.ServedShards.Should().BeEmpty());

        cluster.Members.ForEach(member => member.Membership.IsCutOff = false);
        await cluster.AdvanceAsync(10);

        cluster.ShouldServeAllShards();
        cluster.Members.ForEach(member => member.Events.OfType<ClusterEvent.Expelled>().Should().BeEmpty("everybody gets time to renew"));
        first.Events.OfType<ClusterEvent.Resumed>().Should().ContainSingle();
        (await cluster.Loop.RunAsync(() => second.Add("a", "one"))).Should().Be(1);
    }

    [Fact]
    public async Task Leaves_without_making_anyone_wait_for_its_lease()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);

        await cluster.Loop.RunAsync(() => second.Cluster.LeaveAsync(), TimeSpan.FromMinutes(1));
        await cluster.AdvanceAsync(3);

        first.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);
        second.System.OwnedShards.Should().BeEmpty();
    }

    [Fact]
    public async Task Gives_back_what_it_claimed_without_getting_the_answer()
    {
        await using var cluster = new LedgerCluster();
        var only = cluster.Add("n1");
        only.Membership.LosesAnswers = false;
        var starting = cluster.Loop.RunAsync(() => only.Cluster.StartAsync());
        await starting;
        await cluster.Loop.RunAsync(async () =>
        {
            // Another handle of the same incarnation claims after a release: here the answer is thrown away.
            await only.Membership.ReleaseAsync(only.Cluster.Node.Id, 3, 1, CancellationToken.None);
            await only.Membership.ClaimAsync(only.Cluster.Node.Id, [3], CancellationToken.None);
        });
        only.System.LoseShard(3, ActorErrorCodes.ShardFenced);

        await cluster.AdvanceAsync(20);

        cluster.ShouldServeAllShards();
    }

    [Fact]
    public async Task Waits_for_the_lease_of_its_killed_predecessor_and_takes_its_name_over()
    {
        await using var cluster = new LedgerCluster();
        var killed = await cluster.StartAsync("n1");
        await cluster.AdvanceAsync(60);
        killed.Kill();

        var next = await cluster.StartAsync("n1");

        next.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);
        (cluster.Time.Elapsed - TimeSpan.FromSeconds(60)).Should().BeLessThan(TimeSpan.FromSeconds(16));
    }

    [Fact]
    public async Task Refuses_to_live_beside_a_node_of_the_same_name()
    {
        await using var cluster = new LedgerCluster();
        await cluster.StartAsync("n1");

        var start = () => cluster.StartAsync("n1");

        (await start.Should().ThrowAsync<ClusterException>()).Which.Code.Should().Be(ActorErrorCodes.DuplicateNode);
        cluster.Members.RemoveAt(1);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task Refuses_to_start_with_a_clock_that_is_far_off(int seconds)
    {
        await using var cluster = new LedgerCluster();
        cluster.StoreClock = new OffsetTime(cluster.Time, TimeSpan.FromSeconds(seconds));

        var start = () => cluster.StartAsync("n1");

        (await start.Should().ThrowAsync<ClusterException>()).Which.Code.Should().Be(ActorErrorCodes.ClockSkew);
        cluster.Members.Clear();
    }

    [Fact]
    public async Task Keeps_shards_in_the_preferred_zone_while_it_has_a_live_node()
    {
        await using var cluster = new LedgerCluster { Rules = new PlacementRules { PreferredZones = ["recovery", "east"], HandOffShare = 0.5 } };
        var east = await cluster.StartAsync("n1", "east");
        var recovery = await cluster.StartAsync("n2", "recovery");
        var forwarder = await cluster.StartAsync("n3", "recovery", hostsEntities: false);
        await cluster.AdvanceAsync(120);
        recovery.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);
        forwarder.System.ServedShards.Should().BeEmpty();

        recovery.Kill();
        await cluster.AdvanceAsync(20);

        east.System.ServedShards.Should().HaveCount(LedgerCluster.ShardCount);
    }

    [Fact]
    public async Task Keeps_every_acknowledged_command_whatever_nodes_die_or_are_cut_off()
    {
        for (var seed = 1; seed <= 10; seed++)
            await LiveThroughAsync(seed);
    }

    private static async Task LiveThroughAsync(long seed)
    {
        await using var cluster = new LedgerCluster(seed);
        var random = new SeededRandom(seed);
        for (var i = 1; i <= 3; i++)
            await cluster.StartAsync($"n{i}");

        var acknowledged = new List<(string Name, string Operation)>();
        for (var step = 0; step < 120; step++)
        {
            var target = cluster.Members[random.Next(3)];
            target.Membership.IsCutOff = random.Next(4) == 0;
            CutSomething(cluster, random);
            target.Membership.LosesAnswers = !target.Membership.IsCutOff && random.Next(6) == 0;
            await cluster.AdvanceAsync(random.Next(8));
            cluster.ShouldHaveOneServerPerShard();
            var name = $"e{random.Next(6)}";
            var asker = cluster.Members[random.Next(3)];
            if (await TryAddAsync(cluster, asker, name, $"op{step}"))
                acknowledged.Add((name, $"op{step}"));
        }

        acknowledged.Should().NotBeEmpty($"seed {seed}");
        foreach (var (name, operation) in acknowledged)
            Operations(cluster, name).Should().Contain(operation, $"seed {seed}: it was acknowledged");

        foreach (var name in acknowledged.Select(entry => entry.Name).Distinct())
            cluster.Store.EventsOf(LedgerNode.Id(name)).Select(stored => stored.Epoch).Should().BeInAscendingOrder($"seed {seed}");
    }

    private static void CutSomething(LedgerCluster cluster, SeededRandom random)
    {
        cluster.Network.Heal();
        if (random.Next(3) == 0)
            cluster.Network.Cut($"n{1 + random.Next(3)}", $"n{1 + random.Next(3)}");
    }

    private static IEnumerable<string> Operations(LedgerCluster cluster, string name) =>
        cluster.Store.EventsOf(LedgerNode.Id(name)).Select(stored => new LedgerCodec().Decode(stored.TypeId, stored.TypeVersion, stored.Payload).Operation);

    private static async Task<bool> TryAddAsync(LedgerCluster cluster, LedgerCluster.Member asker, string name, string operation)
    {
        try
        {
            await cluster.Loop.RunAsync(() => asker.Add(name, operation), TimeSpan.FromMinutes(1));
            return true;
        }
        catch (AskException)
        {
            return false;
        }
    }

    /// <summary>A clock that is off by a fixed amount.</summary>
    private sealed class OffsetTime(TimeProvider inner, TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + offset;
    }
}

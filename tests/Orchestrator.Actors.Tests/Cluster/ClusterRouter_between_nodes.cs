using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Tests.Cluster;

public sealed class ClusterRouter_between_nodes
{
    [Fact]
    public async Task Keeps_the_order_of_a_sender_across_a_move()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            await using var cluster = new LedgerCluster(seed);
            var first = await cluster.StartAsync("n1");
            var second = await cluster.StartAsync("n2");
            var third = await cluster.StartAsync("n3");
            await cluster.AdvanceAsync(5);
            var names = Enumerable.Range(0, 6).Select(i => $"e{i}").ToList();
            for (var i = 0; i < 300; i++)
            {
                names.ForEach(name => third.Region.Tell(name, new LedgerCommand.Add($"op{i:000}", 1)).Should().Be(TellOutcome.Accepted));
                await cluster.AdvanceAsync(0.1);
            }

            await cluster.AdvanceAsync(30);
            first.Events.OfType<ClusterEvent.HandedOff>().Should().NotBeEmpty("else nothing has moved");
            foreach (var name in names)
                Operations(cluster, name).Should().Equal(Enumerable.Range(0, 300).Select(i => $"op{i:000}"), $"seed {seed}, {name}");

            second.System.DeadLetters.Count.Should().Be(0);
        }
    }

    [Fact]
    public async Task Holds_an_ask_until_the_shard_has_an_owner_again()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        var name = NameServedBy(second);
        second.Kill();

        var answer = await cluster.Loop.RunAsync(
            () => first.Region.Ask<int>(name, new LedgerCommand.Add("op", 1), TimeSpan.FromSeconds(60)), TimeSpan.FromSeconds(60));

        answer.Should().Be(1);
        first.Router.Waiting.Should().Be(0);
    }

    [Fact]
    public async Task Says_that_the_outcome_is_unknown_when_the_answer_is_lost()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        var name = NameServedBy(second);
        cluster.Network.Cut("n2", "n1");

        var ask = () => cluster.Loop.RunAsync(() => first.Add(name, "op"), TimeSpan.FromSeconds(10));

        (await ask.Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.NotConfirmed);
        cluster.Store.EventsOf(LedgerNode.Id(name)).Should().ContainSingle("it was carried out");
        cluster.Network.Heal();
        (await cluster.Loop.RunAsync(() => first.Add(name, "op"), LedgerNode.Patience)).Should().Be(1, "the retry is recognised by its operation id");
    }

    [Fact]
    public async Task Refuses_as_busy_what_would_wait_beyond_its_bound_and_gives_up_tells_nobody_takes()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        var name = NameServedBy(second);
        cluster.Network.Cut("n1", "n2");

        var outcomes = Enumerable.Range(0, 1005).Select(i => first.Region.Tell(name, new LedgerCommand.Add($"op{i}", 1))).ToList();

        outcomes.Count(outcome => outcome == TellOutcome.Busy).Should().BeGreaterThan(0);
        first.Router.Waiting.Should().BeLessThanOrEqualTo(1000);
        await cluster.AdvanceAsync(60);
        first.Router.Waiting.Should().Be(0);
        first.System.DeadLetters.Count.Should().Be(1005, "every one of them is accounted for");
    }

    [Fact]
    public async Task Passes_a_refusal_of_the_entity_on()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);

        var ask = () => cluster.Loop.RunAsync(() => first.Add(NameServedBy(second), "unencodable"), LedgerNode.Patience);

        (await ask.Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Rejected);
    }

    [Fact]
    public async Task Leaves_a_peer_alone_for_a_while_that_says_at_once_that_it_cannot_be_reached()
    {
        await using var cluster = new LedgerCluster();
        var first = await cluster.StartAsync("n1");
        var second = await cluster.StartAsync("n2");
        await cluster.AdvanceAsync(120);
        var link = new UnreachablePeer();
        await using var router = new ClusterRouter(link, cluster.Time);
        router.Bind(first.System, first.Cluster);
        var name = NameServedBy(second);

        router.Route(new RoutedMessage(LedgerNode.Kind, name, ShardHash.ShardOf(name, LedgerCluster.ShardCount), new byte[] { 1 }, null));
        await cluster.AdvanceAsync(10);

        link.Sent.Should().BeInRange(20, 60, "it is tried four times a second");
    }

    private sealed class UnreachablePeer : IPeerLink
    {
        public int Sent { get; private set; }

        public void Send(NodeRecord to, RoutedMessage message, Action<PeerAnswer> answered)
        {
            Sent++;
            answered(new PeerAnswer(PeerOutcome.NotSent));
        }

        public void Poke(NodeRecord to)
        {
        }
    }

    private static string NameServedBy(LedgerCluster.Member member) => Enumerable.Range(0, 1000).Select(i => $"e{i}")
        .First(name => member.System.Serves(ShardHash.ShardOf(name, LedgerCluster.ShardCount)));

    private static IEnumerable<string> Operations(LedgerCluster cluster, string name) =>
        cluster.Store.EventsOf(LedgerNode.Id(name)).Select(stored => new LedgerCodec().Decode(stored.TypeId, stored.TypeVersion, stored.Payload).Operation);
}

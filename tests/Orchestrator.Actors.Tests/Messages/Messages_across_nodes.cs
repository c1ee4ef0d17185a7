using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Tests.Sharding;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Messages;

/// <summary>The sender lives on A, the receiver on B; the network between them is bad.</summary>
public sealed class Messages_across_nodes
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Arrive_on_the_other_node_and_are_acknowledged()
    {
        await using var nodes = await StartAsync();
        await SendAsync(nodes, "s1", "s2");
        await nodes.Loop.AdvanceAsync(Minute);
        (await GotAsync(nodes)).Should().Equal("a#1.0", "a#2.0");
        nodes.A.Journal.Outbox.Should().BeEmpty();
        nodes.A.Routed.Should().HaveCount(2).And.OnlyContain(message => message.IsDelivery && message.Deadline != null);
    }

    [Fact]
    public async Task Whose_acknowledgement_is_lost_are_sent_again_and_handled_once()
    {
        await using var nodes = await StartAsync();
        nodes.A.Network = message => nodes.A.Carry(nodes.A.Routed.Count <= 2 ? message with { ReplyTo = new Deaf() } : message);
        await SendAsync(nodes, "s1", "s2");
        await nodes.Loop.AdvanceAsync(Minute);
        (await GotAsync(nodes)).Should().Equal("a#1.0", "a#2.0");
        nodes.B.Log.Lines.Count(line => line.StartsWith("got", StringComparison.Ordinal)).Should().Be(2, "the second copy is answered without the actor");
        nodes.A.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task Of_which_one_is_lost_do_not_overtake_it()
    {
        await using var nodes = await StartAsync();
        nodes.A.Network = message => nodes.A.Routed.Count == 1 ? TellOutcome.Accepted : nodes.A.Carry(message);
        await SendAsync(nodes, "s1", "s2", "s3");
        await nodes.Loop.AdvanceAsync(Minute);
        (await GotAsync(nodes)).Should().Equal("a#1.0", "a#2.0", "a#3.0");
        nodes.A.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task That_change_places_are_handled_in_the_order_sent()
    {
        await using var nodes = await StartAsync();
        var held = new List<RoutedMessage>();
        nodes.A.Network = message =>
        {
            held.Insert(0, message);
            if (held.Count < 3)
                return TellOutcome.Accepted;

            held.ForEach(late => nodes.A.Carry(late));
            held.Clear();
            nodes.A.Network = null;
            return TellOutcome.Accepted;
        };
        await SendAsync(nodes, "s1", "s2", "s3");
        await nodes.Loop.AdvanceAsync(Minute);
        (await GotAsync(nodes)).Should().Equal("a#1.0", "a#2.0", "a#3.0");
        nodes.A.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task Are_delivered_by_the_next_owner_of_the_senders_shard()
    {
        await using var nodes = await StartAsync();
        nodes.A.Network = _ => TellOutcome.Accepted;
        await SendAsync(nodes, "s1", "s2");
        await nodes.Loop.AdvanceAsync(TimeSpan.FromSeconds(5));
        await nodes.MoveAsync(nodes.A, nodes.B, "a");
        await nodes.Loop.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await GotAsync(nodes)).Should().Equal("a#1.0", "a#2.0");
        nodes.B.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task Are_handled_once_and_in_order_whatever_the_network_does()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            await using var nodes = await StartAsync(seed);
            var bad = new BadNetwork(nodes, new SeededRandom(seed));
            nodes.A.Network = bad.Route;
            await SendAsync(nodes, [.. Enumerable.Range(1, 30).Select(i => $"s{i}")]);
            await nodes.Loop.AdvanceAsync(TimeSpan.FromMinutes(10));
            bad.Heal();
            await nodes.Loop.AdvanceAsync(TimeSpan.FromMinutes(3));
            (await GotAsync(nodes)).Should().Equal(Enumerable.Range(1, 30).Select(i => $"a#{i}.0"), "seed {0}", seed);
            nodes.A.Journal.Outbox.Should().BeEmpty("seed {0}", seed);
        }
    }

    private static async Task<TwoNodes> StartAsync(long seed = 1)
    {
        var nodes = new TwoNodes(seed);
        await nodes.GrantAsync(nodes.A, "a");
        await nodes.GrantAsync(nodes.B, "b");
        ShardHash.ShardOf("a", TwoNodes.ShardCount).Should().NotBe(ShardHash.ShardOf("b", TwoNodes.ShardCount));
        return nodes;
    }

    private static async Task SendAsync(TwoNodes nodes, params string[] operations) =>
        await nodes.Loop.RunAllAsync(operations.Select<string, Func<Task<int>>>(operation => () =>
            nodes.A.Region.Ask<int>("a", new LedgerCommand.Send(operation, [LedgerNode.Id("b")], "hello"), LedgerNode.Patience)));

    private static async Task<IReadOnlyList<string>> GotAsync(TwoNodes nodes) =>
        (await nodes.Loop.RunAsync(() => nodes.B.Region.Ask<LedgerState>("b", new LedgerCommand.Read(), LedgerNode.Patience))).Done;

    private sealed class Deaf : IRoutedReply
    {
        public void Reply(ReadOnlyMemory<byte> body)
        {
        }

        public void Fail(AskException error)
        {
        }
    }

    /// <summary>Loses, repeats and holds back messages, and loses answers.</summary>
    private sealed class BadNetwork(TwoNodes nodes, SeededRandom random)
    {
        private readonly List<RoutedMessage> _held = [];
        private bool _isHealed;

        public TellOutcome Route(RoutedMessage message)
        {
            var sent = !_isHealed && random.Next(4) == 0 ? message with { ReplyTo = new Deaf() } : message;
            switch (_isHealed ? 9 : random.Next(6))
            {
                case 0:
                    return TellOutcome.Accepted;
                case 1:
                    _held.Add(sent);
                    return TellOutcome.Accepted;
                case 2:
                    nodes.A.Carry(sent with { ReplyTo = new Deaf() });
                    break;
                case 3 when _held.Count > 0:
                    var index = random.Next(_held.Count);
                    nodes.A.Carry(_held[index] with { ReplyTo = new Deaf() });
                    _held.RemoveAt(index);
                    break;
            }

            return nodes.A.Carry(sent);
        }

        public void Heal() => _isHealed = true;
    }
}

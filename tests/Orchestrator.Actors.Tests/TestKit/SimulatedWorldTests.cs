using Orchestrator.Actors.Sharding;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Actors.Tests.TestKit;

public sealed class SimulatedWorldTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly SimulatedWorld _world = new(seed: 7);

    [Fact]
    public async Task Work_of_a_killed_life_never_runs_in_the_next()
    {
        var node = StartedNode("a");
        var ran = false;
        var asked = node.CallAsync(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), node.Clock);
            ran = true;
        });
        await _world.Loop.IdleAsync();

        node.Kill();
        node.Start();
        await _world.Loop.AdvanceAsync(Minute);

        ran.Should().BeFalse();
        await asked.Awaiting(task => task).Should().ThrowAsync<NodeLostException>();
    }

    [Fact]
    public async Task A_frozen_node_goes_on_where_it_stood_and_late()
    {
        var node = StartedNode("a");
        var asked = node.CallAsync(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), node.Clock);
            return node.Clock.GetUtcNow();
        });
        await _world.Loop.IdleAsync();

        node.Freeze();
        await _world.Loop.AdvanceAsync(Minute);
        asked.IsCompleted.Should().BeFalse();
        node.Thaw();
        await _world.Loop.IdleAsync();

        (await asked).Should().Be(_world.Time.GetUtcNow());
    }

    [Fact]
    public async Task Each_node_has_its_own_clock()
    {
        var (fast, right) = (StartedNode("fast"), StartedNode("right"));
        fast.Clock.SetRate(2);
        right.Clock.Jump(TimeSpan.FromHours(-1));
        var start = _world.Time.GetUtcNow();
        var asked = fast.CallAsync(() => Task.Delay(TimeSpan.FromSeconds(60), fast.Clock));

        await _world.Loop.AdvanceAsync(TimeSpan.FromSeconds(30));

        asked.IsCompleted.Should().BeTrue("60 of its seconds are 30 of the world's");
        fast.Clock.GetUtcNow().Should().Be(start.AddSeconds(60));
        right.Clock.GetUtcNow().Should().Be(start.AddSeconds(30).AddHours(-1));
        fast.Clock.Mend();
        fast.Clock.GetUtcNow().Should().Be(_world.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_cut_there_does_nothing_and_a_cut_back_does_it_unseen()
    {
        var node = StartedNode("a");
        var done = 0;
        _world.Network.Cut("a", "b");
        (await FailsAsync()).Should().BeTrue();
        done.Should().Be(0);

        _world.Network.Heal();
        _world.Network.Cut("b", "a");
        (await FailsAsync()).Should().BeTrue();
        done.Should().Be(1);

        _world.Network.Heal();
        (await FailsAsync()).Should().BeFalse();
        done.Should().Be(2);

        async Task<bool> FailsAsync()
        {
            var asked = node.CallAsync(() => _world.Network.AskAsync(
                node, "b", () => ValueTask.FromResult(++done), TimeSpan.FromSeconds(5), () => new TimeoutException()));
            await _world.Loop.AdvanceAsync(TimeSpan.FromSeconds(10));
            return asked.IsFaulted;
        }
    }

    [Fact]
    public async Task A_message_that_comes_twice_is_done_twice_and_answered_once()
    {
        var node = StartedNode("a");
        _world.Network.Quality = LinkQuality.Good with { DuplicateRate = 1 };
        var done = 0;
        var asked = node.CallAsync(() => _world.Network.AskAsync(
            node, "b", () => ValueTask.FromResult(++done), TimeSpan.FromSeconds(5), () => new TimeoutException()));

        await _world.Loop.AdvanceAsync(TimeSpan.FromSeconds(1));

        done.Should().Be(2);
        asked.IsCompletedSuccessfully.Should().BeTrue();
        _world.Network.Doubled.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task What_a_node_sent_before_it_was_killed_still_arrives()
    {
        var node = StartedNode("a");
        var journal = _world.JournalOf(node);
        _ = node.CallAsync(async () => await journal.AcquireAsync([3], CancellationToken.None));
        await _world.Loop.IdleAsync();

        node.Kill();
        await _world.Loop.AdvanceAsync(Minute);

        var grant = await _world.Loop.RunAsync(async () => await _world.Journal.ReadShardHeadAsync(3, CancellationToken.None));
        grant.Epoch.Should().Be(1);
    }

    [Fact]
    public async Task A_node_that_was_overtaken_cannot_write_any_more()
    {
        var (first, second) = (StartedNode("a"), StartedNode("b"));
        var old = await LedgerOnAsync(first);
        var next = await LedgerOnAsync(second);

        var asked = () => _world.RunAsync(() => first.CallAsync(() => old.Ask<int>("x", new LedgerCommand.Add("one", 1), Minute)), Minute * 2);

        await asked.Should().ThrowAsync<AskException>();
        await _world.RunAsync(() => second.CallAsync(() => next.Ask<int>("x", new LedgerCommand.Add("two", 1), Minute)), Minute);
        _world.Journal.EventsOf(LedgerNode.Id("x")).Should().ContainSingle();
    }

    [Fact]
    public void Streams_of_randomness_do_not_move_each_other()
    {
        var alone = _world.RandomOf("network", "a").Next();
        _world.RandomOf("disk", "a").Next();

        _world.RandomOf("network", "a").Next().Should().Be(alone);
        _world.RandomOf("network", "b").Next().Should().NotBe(alone);
    }

    private WorldNode StartedNode(string name)
    {
        var node = _world.AddNode(name);
        node.Start();
        return node;
    }

    private async Task<ShardRegion<LedgerCommand>> LedgerOnAsync(WorldNode node)
    {
        var system = new ActorSystem(new ActorSystemOptions
        {
            Time = node.Clock, Random = node.Random, Dispatcher = node.Dispatcher, Journal = _world.JournalOf(node),
        });
        var region = system.AddRegion(new EntityDefinition<LedgerState, LedgerCommand, Added>
        {
            Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(new LedgerLog()), Events = new LedgerCodec(),
        });
        await _world.RunAsync(() => node.CallAsync(() => system.StartAsync()), Minute);
        return region;
    }
}

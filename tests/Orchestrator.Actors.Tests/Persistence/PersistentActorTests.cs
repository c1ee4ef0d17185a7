using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class PersistentActorTests
{
    private static readonly PersistenceId A = LedgerNode.Id("a");

    [Fact]
    public async Task Answers_only_after_the_event_is_durable()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var ask = node.Add("a", "op");

        await node.Kit.IdleAsync();
        node.Log.Lines.Should().Equal("recovered a at 0", "decide op");
        ask.IsCompleted.Should().BeFalse();

        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();
        node.Log.Lines.Skip(2).Should().Equal("apply op", "reply op", "run op");
        (await ask.Now()).Should().Be(1);
    }

    [Fact]
    public async Task Makes_later_commands_wait_for_the_append()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var first = node.Add("a", "one");
        var second = node.Add("a", "two");
        var read = node.Ask<LedgerState>("a", new LedgerCommand.Read());
        await node.Kit.IdleAsync();
        node.Log.Lines.Should().NotContain("decide two");

        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        (await first.Now()).Should().Be(1);
        (await second.Now()).Should().Be(2);
        (await read.Now()).Sum.Should().Be(2);
    }

    [Fact]
    public async Task Stores_events_with_sequence_meta_time_epoch_and_chain()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.AddAsync("a", "two");

        var events = node.Kit.Journal.EventsOf(A);
        events.Select(stored => (stored.SequenceNr, Encoding.UTF8.GetString(stored.Meta))).Should().Equal((1, "one"), (2, "two"));
        events.Should().OnlyContain(stored => stored.At == node.Kit.Time.GetUtcNow() && stored.Epoch == 1);
        HashChain.Follows(HashChain.Genesis(A), events[0]).Should().BeTrue();
        HashChain.Follows(events[0].Hash, events[1]).Should().BeTrue();
    }

    [Fact]
    public async Task Refuses_what_cannot_be_encoded_and_lives_on()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");

        var refused = () => node.Kit.RunAsync(() => node.Ask<int>("a", new LedgerCommand.AddUnencodable()));

        (await refused.Should().ThrowAsync<AskException>()).Which.Code.Should().Be(ActorErrorCodes.Rejected);
        (await node.AddAsync("a", "two")).Should().Be(2);
        node.Log.Lines.Should().NotContain("stopped");
    }

    [Fact]
    public async Task Restarts_from_the_journal_after_a_handler_threw()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");

        var failed = () => node.Kit.RunAsync(() => node.Ask<int>("a", new LedgerCommand.Throw()));
        (await failed.Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Failed);

        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await node.ReadAsync("a")).Sum.Should().Be(1);
        node.Log.Lines.Should().Contain("recovered a at 1");
    }

    [Fact]
    public async Task Stashes_commands_with_their_askers()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.Kit.RunAsync(() => node.Ask<string>("a", new LedgerCommand.Park()));
        var first = node.Add("a", "one");
        var second = node.Add("a", "two");
        await node.Kit.IdleAsync();
        first.IsCompleted.Should().BeFalse();

        node.Region.Tell("a", new LedgerCommand.Unpark());
        await node.Kit.IdleAsync();

        (await first.Now()).Should().Be(1);
        (await second.Now()).Should().Be(2);
    }

    [Fact]
    public async Task Fires_its_in_memory_timers()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Region.Tell("a", new LedgerCommand.TickIn(TimeSpan.FromSeconds(3)));
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(2.9));
        (await node.ReadAsync("a")).Sum.Should().Be(0);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(0.2));
        (await node.ReadAsync("a")).Sum.Should().Be(1);
    }

    [Fact]
    public async Task Asks_a_peer_within_its_turn_but_never_itself()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Region.Tell("a", new LedgerCommand.AskPeer("b"));
        await node.Kit.IdleAsync();
        node.Log.Lines.Should().Contain(line => line.StartsWith("peer LedgerState { Sum = 0", StringComparison.Ordinal));

        node.Region.Tell("a", new LedgerCommand.AskPeer("a"));
        await node.Kit.IdleAsync();
        node.Kit.Events.OfType<KernelEvent.ActorFailed>().Single().Error.Message.Should().Contain(ActorErrorCodes.AskCycle);
    }

    [Fact]
    public async Task Serves_many_entities_on_real_threads()
    {
        const int Entities = 50, Each = 20;
        var log = new LedgerLog();
        await using var journal = new InMemoryJournal(8, TimeProvider.System);
        await using var system = new ActorSystem(new ActorSystemOptions { Time = TimeProvider.System, Random = new Random(1), Journal = journal });
        var region = system.AddRegion(new Orchestrator.Actors.Sharding.EntityDefinition<LedgerState, LedgerCommand, Added>
        {
            Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(log), Events = new LedgerCodec(),
        });
        await system.StartAsync().Bounded();

        var asks = from entity in Enumerable.Range(0, Entities) from number in Enumerable.Range(0, Each)
                   select region.Ask<int>($"e{entity}", new LedgerCommand.Add($"{number}", 1), TimeSpan.FromSeconds(50));
        var sums = await Task.WhenAll(asks).Bounded();

        sums.Chunk(Each).Should().OnlyContain(own => own.SequenceEqual(Enumerable.Range(1, Each)));
        journal.Appends.Count.Should().BeLessThan(Entities * Each, "commits are shared");
    }
}

using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Tests.Sharding;

public sealed class ShardRegionTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Takes_an_entity_out_of_memory_after_its_last_turn()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with { PassivateAfter = 10 * Minute });
        await node.AddAsync("a", "one");
        await node.AddAsync("b", "one");
        await node.Kit.AdvanceAsync(9 * Minute);
        await node.AddAsync("b", "two");
        node.Region.ActiveEntities.Should().Equal("a", "b");

        await node.Kit.AdvanceAsync(5 * Minute);
        node.Region.ActiveEntities.Should().Equal("b");

        (await node.ReadAsync("a")).Sum.Should().Be(1, "a command brings it back");
    }

    [Fact]
    public async Task Loses_nothing_sent_while_an_entity_leaves()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");

        node.Region.Tell("a", new LedgerCommand.Leave());
        var queued = node.Add("a", "two");
        await node.Kit.IdleAsync();
        (await queued.Now()).Should().Be(2);

        node.Region.Passivate("a");
        var buffered = node.Add("a", "three");
        await node.Kit.IdleAsync();

        (await buffered.Now()).Should().Be(3);
        node.Log.Lines.Count(line => line == "stopped").Should().Be(2);
        node.Kit.System.DeadLetters.Count.Should().Be(0);
    }

    [Fact]
    public async Task Ends_the_turn_and_its_append_before_an_entity_leaves()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var ask = node.Add("a", "one");
        await node.Kit.IdleAsync();
        node.Region.Passivate("a");
        await node.Kit.IdleAsync();
        node.Log.Lines.Should().NotContain("stopped");

        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        (await ask.Now()).Should().Be(1);
        node.Log.Lines.Should().EndWith("stopped");
    }

    [Fact]
    public async Task Answers_unavailable_with_a_delay_while_an_entity_backs_off_then_restarts_it()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with
        {
            Restart = new RestartPolicy { MinBackoff = TimeSpan.FromSeconds(4), Jitter = 0 },
        });
        await node.AddAsync("a", "one");
        node.Region.Tell("a", new LedgerCommand.Throw());
        var waiting = node.Ask<LedgerState>("a", new LedgerCommand.Read());
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));

        (await waiting.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Unavailable);
        var refused = () => node.ReadAsync("a");
        (await refused.Should().ThrowAsync<AskException>()).Which.RetryAfter.Should().Be(TimeSpan.FromSeconds(3));

        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(3));
        node.Log.Lines.Should().Contain("recovered a at 1", "it returns by itself, its unfinished effects depend on it");
        (await node.ReadAsync("a")).Sum.Should().Be(1);
    }

    [Fact]
    public async Task Refuses_impossible_names_at_the_edge()
    {
        await using var node = await LedgerNode.StartAsync();

        node.Region.Invoking(region => region.Tell("", new LedgerCommand.Read())).Should().Throw<ArgumentException>();
        node.Region.Invoking(region => region.Tell(new string('x', 201), new LedgerCommand.Read())).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Maps_names_to_shards_as_it_always_has()
    {
        new[] { "", "a", "machine-1", "machine-2", "Zürich", new string('x', 200) }
            .Select(name => ShardHash.ShardOf(name, 256)).Should().Equal(GoldenShards);
    }

    [Fact]
    public void Spreads_similar_names_evenly()
    {
        var counts = Enumerable.Range(0, 25_600).GroupBy(number => ShardHash.ShardOf($"machine-{number}", 256)).Select(shard => shard.Count()).ToList();

        counts.Should().HaveCount(256);
        counts.Should().OnlyContain(count => count > 55 && count < 145, "one hundred is expected, with a deviation of ten");
    }

    // Computed independently of this code. They must never change: a name that moves to another shard loses its history.
    private static readonly int[] GoldenShards = [38, 91, 199, 102, 208, 102];
}

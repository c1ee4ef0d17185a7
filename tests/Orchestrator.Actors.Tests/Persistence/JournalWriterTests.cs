using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class JournalWriterTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Commits_together_what_arrived_during_the_previous_commit()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var first = node.Add("first", "op");
        await node.Kit.IdleAsync();
        var others = Enumerable.Range(0, 20).Select(number => node.Add($"e{number}", "op")).ToList();
        await node.Kit.IdleAsync();

        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        others.Append(first).Should().OnlyContain(ask => ask.IsCompletedSuccessfully);
        node.Kit.Journal.Appends.Select(append => append.Sum(shard => shard.Events.Count)).Should().Equal(1, 20);
        node.Kit.Journal.Appends[1].Select(shard => shard.ShardId).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Splits_a_commit_at_its_limit()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with { Writer = new JournalWriterOptions { MaxBatchEvents = 8 } });
        node.Kit.Journal.Hold();
        _ = node.Add("first", "op");
        await node.Kit.IdleAsync();
        for (var number = 0; number < 20; number++)
            _ = node.Add($"e{number}", "op");

        await node.Kit.IdleAsync();
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        node.Kit.Journal.Appends.Select(append => append.Sum(shard => shard.Events.Count)).Should().Equal(1, 8, 8, 4);
    }

    [Fact]
    public async Task Makes_entities_wait_when_its_queue_is_full_and_drops_nothing()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with { Writer = new JournalWriterOptions { QueueCapacity = 2 } });
        node.Kit.Journal.Hold();
        var asks = Enumerable.Range(0, 20).Select(number => node.Add($"e{number}", "op")).ToList();
        await node.Kit.IdleAsync();
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        asks.Should().OnlyContain(ask => ask.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(JournalFault.Transient)]
    [InlineData(JournalFault.Full)]
    [InlineData(JournalFault.LostBeforeCommit)]
    [InlineData(JournalFault.LostAfterCommit)]
    public async Task Stores_exactly_once_whatever_the_first_attempt_came_to(JournalFault fault)
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext(fault);

        var sum = await node.Kit.RunAsync(() => node.Add("a", "two"), within: TimeSpan.FromSeconds(1));

        sum.Should().Be(2);
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(2);
        (await node.AddAsync("a", "three")).Should().Be(3, "the writer knows where the head is");
        node.Log.Lines.Should().NotContain("stopped");
        node.Kit.Journal.Appends.Should().HaveCount(fault == JournalFault.LostAfterCommit ? 3 : 4);
    }

    [Fact]
    public async Task Backs_off_between_attempts()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(JournalFault.Transient, JournalFault.Transient, JournalFault.Transient);

        await node.Kit.RunAsync(() => node.Add("a", "one"), Minute);

        var delays = node.Kit.Events.OfType<KernelEvent.AppendFailed>().Select(failed => failed.RetryIn!.Value.TotalMilliseconds).ToList();
        delays.Should().HaveCount(3);
        delays[0].Should().BeInRange(40, 60);
        delays[1].Should().BeInRange(80, 120);
        delays[2].Should().BeInRange(160, 240);
    }

    [Fact]
    public async Task Stops_the_entity_when_the_journal_refuses_and_lets_it_return()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext(JournalFault.Permanent);

        var refused = () => node.AddAsync("a", "two");

        (await refused.Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.NotConfirmed);
        node.Log.Lines.Should().Contain("stopped").And.NotContain("apply two");
        await node.Kit.AdvanceAsync(Minute);
        (await node.AddAsync("a", "two")).Should().Be(2);
    }

    [Fact]
    public async Task Gives_up_at_its_deadline_and_finds_the_head_again()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with
        {
            Writer = new JournalWriterOptions { OutageDeadline = TimeSpan.FromSeconds(10) },
        });
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext([.. Enumerable.Repeat(JournalFault.LostBeforeCommit, 8), JournalFault.LostAfterCommit]);

        var ask = node.Region.Ask<int>("a", new LedgerCommand.Add("two", 1), Minute);
        await node.Kit.AdvanceAsync(0.9 * Minute);

        (await ask.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.NotConfirmed);
        (await node.ReadAsync("a")).Done.Should().Equal("one", "two");
        (await node.AddAsync("a", "three")).Should().Be(3);
    }

    [Fact]
    public async Task Stops_the_entities_of_a_fenced_shard_and_no_others()
    {
        await using var node = await LedgerNode.StartAsync();
        var other = Enumerable.Range(0, 100).Select(number => $"o{number}").First(name => LedgerNode.ShardOf(name) != LedgerNode.ShardOf("a"));
        await node.AddAsync("a", "one");
        await node.AddAsync(other, "one");
        node.Kit.Journal.Steal(LedgerNode.ShardOf("a"));

        var fenced = node.Add("a", "two");
        var unharmed = node.Add(other, "two");
        await node.Kit.IdleAsync();

        (await fenced.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.NotConfirmed);
        (await unharmed.Now()).Should().Be(2);
        node.Log.Lines.Count(line => line == "apply two").Should().Be(1, "the other entity alone went on");
        node.Log.Lines.Should().Contain("stopped");
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(1);
        node.Region.ActiveEntities.Should().Equal(other);
        node.Region.Tell("a", new LedgerCommand.Read()).Should().Be(TellOutcome.Unavailable);
        node.Kit.Events.OfType<KernelEvent.ShardLost>().Should().ContainSingle().Which.Code.Should().Be(ActorErrorCodes.ShardFenced);
    }

    [Fact]
    public async Task Writes_no_further_to_a_store_that_was_rewound()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.AddAsync("a", "two");
        node.Kit.Journal.Rewind(LedgerNode.ShardOf("a"), events: 1);

        var ask = node.Add("a", "three");
        await node.Kit.IdleAsync();

        ask.IsFaulted.Should().BeTrue();
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(1);
        node.Kit.Events.OfType<KernelEvent.ShardLost>().Single().Code.Should().Be(ActorErrorCodes.ShardDiverged);
    }

    [Fact]
    public async Task Settles_what_it_took_when_the_system_stops()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Latency = TimeSpan.FromSeconds(1);
        var ask = node.Add("a", "one");
        await node.Kit.IdleAsync();

        await node.Kit.RunAsync(() => node.Kit.System.StopAsync(), Minute);

        (await ask.Now()).Should().Be(1);
        node.Region.Tell("a", new LedgerCommand.Read()).Should().Be(TellOutcome.Stopped);
    }
}

using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.TestKit;

/// <summary>Each fault of the journal in memory, as an entity meets it.</summary>
public sealed class JournalFaultTests
{
    [Fact]
    public void Every_fault_has_a_test_here_or_among_crashes_and_outages() =>
        Enum.GetValues<JournalFault>().Should().HaveCount(12, "a new fault needs a test");

    [Theory]
    [InlineData(JournalFault.Transient)]
    [InlineData(JournalFault.Full)]
    [InlineData(JournalFault.LostBeforeCommit)]
    [InlineData(JournalFault.LostAfterCommit)]
    [InlineData(JournalFault.Duplicate)]
    [InlineData(JournalFault.Reordered)]
    public async Task Passes_and_the_event_is_stored_once(JournalFault fault)
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(fault);

        var sum = await node.Kit.RunAsync(() => node.Add("a", "one"), LedgerNode.Patience);

        sum.Should().Be(1);
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(1);
    }

    [Fact]
    public async Task Refused_for_good_the_event_is_not_stored_and_a_repeat_is()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(JournalFault.Permanent);

        var asked = () => node.Kit.RunAsync(() => node.Add("a", "one"), LedgerNode.Patience);

        await asked.Should().ThrowAsync<AskException>();
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().BeEmpty();
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.Kit.RunAsync(() => node.Add("a", "one"), TimeSpan.FromMinutes(1))).Should().Be(1);
    }

    [Fact]
    public async Task Fenced_it_stores_nothing_more()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext(JournalFault.FenceLoss);

        var asked = () => node.Kit.RunAsync(() => node.Add("a", "two"), LedgerNode.Patience);

        await asked.Should().ThrowAsync<AskException>();
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(1);
        node.Kit.Events.OfType<KernelEvent.ShardLost>().Should().ContainSingle();
    }

    [Fact]
    public async Task Slow_it_is_answered_when_it_is_stored()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.SlowAppend = TimeSpan.FromSeconds(3);
        node.Kit.Journal.FailNext(JournalFault.Slow);
        var asked = node.Add("a", "one");

        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(2.9));
        asked.IsCompleted.Should().BeFalse();
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(0.1));
        (await asked).Should().Be(1);
    }

    [Fact]
    public async Task An_append_that_was_given_up_and_lands_later_is_not_lost_on_the_next()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with
        {
            Writer = options.Writer with { Retry = options.Writer.Retry with { MaxRestarts = 0 } },
        });
        node.Kit.Journal.FailNext(JournalFault.Reordered);
        var asked = () => node.Kit.RunAsync(() => node.Add("a", "one"), LedgerNode.Patience);
        await asked.Should().ThrowAsync<AskException>();

        // It lands just before this one, whose writer then meets a head it does not know, reads it and goes on from there.
        (await node.Kit.RunAsync(() => node.Add("b", "two"), TimeSpan.FromMinutes(1))).Should().Be(1);
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));

        (await node.ReadAsync("a", TimeSpan.FromMinutes(1))).Done.Should().Equal("one");
        node.Kit.Journal.EventsOf(new PersistenceId(LedgerNode.Kind, "b")).Should().HaveCount(1);
    }
}

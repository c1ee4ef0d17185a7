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
}

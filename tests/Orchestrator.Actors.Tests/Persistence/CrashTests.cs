using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class CrashTests
{
    [Fact]
    public async Task Killed_between_append_and_fold_it_comes_back_with_the_event()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext(JournalFault.CrashAfterCommit);
        var ask = node.Add("a", "two");
        await node.Kit.IdleAsync();
        ask.IsCompleted.Should().BeFalse();
        node.Log.Lines.Should().NotContain("apply two", "the process died before it folded the event");

        await node.Kit.CrashAsync();

        (await node.ReadAsync("a")).Done.Should().Equal("one", "two");
        (await node.AddAsync("a", "two")).Should().Be(2, "a retry of the same operation does not act twice");
    }

    [Fact]
    public async Task Killed_before_the_commit_it_comes_back_without_the_event()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailNext(JournalFault.CrashBeforeCommit);
        _ = node.Add("a", "two");
        await node.Kit.IdleAsync();

        await node.Kit.CrashAsync();

        (await node.ReadAsync("a")).Done.Should().Equal("one");
        (await node.AddAsync("a", "two")).Should().Be(2);
    }

    [Fact]
    public async Task Runs_the_recovered_hook_so_that_unfinished_effects_are_derived_again()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        var derived = new List<int>();
        node.Log.OnRecovered = state => derived.Add(state.Sum);

        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.IdleAsync();

        derived.Should().Equal(1);
    }
}

using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Messages;

public sealed class Messages_through_crashes
{
    private static readonly JournalFault[] Faults =
    [
        JournalFault.CrashBeforeCommit, JournalFault.CrashAfterCommit, JournalFault.LostBeforeCommit, JournalFault.LostAfterCommit,
        JournalFault.Transient,
    ];

    [Fact]
    public async Task Are_handled_once_and_in_order_whichever_append_goes_wrong_and_how()
    {
        foreach (var fault in Faults)
        {
            for (var at = 1; await RunAsync(fault, at); at++)
                at.Should().BeLessThan(50, "every append has had its turn by then");
        }
    }

    [Fact]
    public async Task Handled_but_not_removed_are_not_handled_again()
    {
        await using var node = await LedgerNode.StartAsync();
        await SendAllAsync(node);
        await node.Kit.IdleAsync();
        node.Kit.Journal.Outbox.Should().NotBeEmpty("delivered messages are gathered before they are removed");
        await node.Kit.CrashAsync();
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        node.Kit.Journal.Outbox.Should().BeEmpty();
        await ShouldBeAllAsync(node, "no fault");
        node.Log.Lines.Count(line => line.StartsWith("got", StringComparison.Ordinal)).Should().Be(6);
    }

    /// <summary>One run with a fault at one append; false when there were not that many.</summary>
    private static async Task<bool> RunAsync(JournalFault fault, int at)
    {
        await using var node = await LedgerNode.StartAsync(seed: at);
        node.Kit.Journal.FailAt(at, fault);
        await SendAllAsync(node);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));
        var happened = node.Kit.Journal.Appends.Count >= at;
        if (node.Kit.Journal.IsCrashed)
        {
            await node.Kit.CrashAsync();
            await SendAllAsync(node); // the callers repeat what was not answered
        }

        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(3));
        await ShouldBeAllAsync(node, $"{fault} at append {at}");
        node.Kit.Journal.Outbox.Should().BeEmpty("{0} at append {1}", fault, at);
        return happened;
    }

    private static async Task SendAllAsync(LedgerNode node)
    {
        for (var i = 1; i <= 3; i++)
        {
            _ = node.Ask<int>("a", new LedgerCommand.Send($"s{i}", [LedgerNode.Id("b"), LedgerNode.Id("c")], "hello"));
            await node.Kit.IdleAsync();
        }
    }

    private static async Task ShouldBeAllAsync(LedgerNode node, string why)
    {
        (await node.ReadAsync("b")).Done.Should().Equal(["a#1.0", "a#2.0", "a#3.0"], why);
        (await node.ReadAsync("c")).Done.Should().Equal(["a#1.1", "a#2.1", "a#3.1"], why);
    }
}

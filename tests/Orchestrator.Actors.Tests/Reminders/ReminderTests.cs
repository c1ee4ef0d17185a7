using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Tests.Reminders;

public sealed class ReminderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Fires_when_due_and_once_and_is_consumed()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", TimeSpan.FromSeconds(30));

        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(29));
        Fired(node).Should().BeEmpty();
        await node.Kit.AdvanceAsync(10 * Minute);

        Fired(node).Should().Equal("fired check#1 late 0");
        node.Kit.Journal.Reminders.Should().BeEmpty("its effect cleared it in the same append");
        (await node.ReadAsync("a")).Done.Should().Equal("check#1");
    }

    [Fact]
    public async Task Is_found_by_a_later_window()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", TimeSpan.FromHours(3));

        await node.Kit.AdvanceAsync(TimeSpan.FromHours(2.99));
        Fired(node).Should().BeEmpty();
        await node.Kit.AdvanceAsync(TimeSpan.FromHours(0.01));

        Fired(node).Should().Equal("fired check#1 late 0");
    }

    [Fact]
    public async Task Survives_a_crash_and_fires_on_time()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", 5 * Minute);
        await node.Kit.CrashAsync(outage: Minute);

        await node.Kit.AdvanceAsync(10 * Minute);

        Fired(node).Should().Equal("fired check#1 late 0");
    }

    [Fact]
    public async Task Missed_in_an_outage_fires_once_at_once_and_tells_how_late()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", 5 * Minute);
        await node.Kit.CrashAsync(outage: TimeSpan.FromHours(1));
        await node.Kit.IdleAsync();
        Fired(node).Should().Equal($"fired check#1 late {55 * 60}");

        await node.Kit.CrashAsync();
        await node.Kit.AdvanceAsync(TimeSpan.FromHours(1));
        Fired(node).Should().HaveCount(1);
    }

    [Fact]
    public async Task Replaced_or_cleared_it_does_not_fire()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", Minute, generation: 1);
        await Remind(node, "a", "check", 2 * Minute, generation: 2);
        await Remind(node, "b", "check", Minute);
        await node.Kit.RunAsync(() => node.Ask<string>("b", new LedgerCommand.Forget("check")));

        await node.Kit.AdvanceAsync(10 * Minute);

        Fired(node).Should().Equal("fired check#2 late 0");
    }

    [Fact]
    public async Task A_firing_overtaken_in_the_mailbox_is_ignored()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", Minute, generation: 1);
        node.Kit.Journal.Hold();
        var replace = node.Ask<string>("a", new LedgerCommand.Remind("check", node.Kit.Time.GetUtcNow() + (3 * Minute), 2));
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(61)); // generation 1 comes due behind the turn that replaces it
        node.Kit.Journal.Release();
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        replace.IsFaulted.Should().BeTrue("its deadline has passed");
        Fired(node).Should().BeEmpty();

        await node.Kit.AdvanceAsync(5 * Minute);
        Fired(node).Should().Equal("fired check#2 late 0");
    }

    [Fact]
    public async Task Fires_again_when_the_entity_fails_before_it_is_consumed()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", Minute);
        node.Kit.Journal.FailNext(Orchestrator.TestKit.JournalFault.Permanent);

        await node.Kit.AdvanceAsync(5 * Minute);

        Fired(node).Should().HaveCount(2);
        (await node.ReadAsync("a")).Done.Should().Equal("check#1");
    }

    [Fact]
    public async Task Paces_what_an_outage_has_piled_up()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with
        {
            Reminders = new ReminderOptions { FiringsPerStep = 5, Step = TimeSpan.FromSeconds(1) },
        });
        for (var number = 0; number < 12; number++)
            await Remind(node, $"e{number}", "check", Minute);

        await node.Kit.CrashAsync(outage: TimeSpan.FromHours(1));
        await node.Kit.IdleAsync();
        Fired(node).Should().HaveCount(5);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        Fired(node).Should().HaveCount(10);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        Fired(node).Should().HaveCount(12);
    }

    [Fact]
    public async Task Reads_on_when_more_are_due_than_one_read_returns()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with { Reminders = new ReminderOptions { BatchSize = 4 } });
        for (var number = 0; number < 14; number++)
            await Remind(node, $"e{number}", "check", TimeSpan.FromMinutes(5 + number));

        await node.Kit.CrashAsync(outage: TimeSpan.FromHours(1));
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        Fired(node).Should().HaveCount(14);
    }

    [Fact]
    public async Task Notices_a_wall_clock_that_jumps_ahead()
    {
        await using var node = await LedgerNode.StartAsync();
        await Remind(node, "a", "check", TimeSpan.FromHours(5));
        await node.Kit.AdvanceAsync(Minute);

        node.Kit.Time.JumpWallClock(TimeSpan.FromHours(6));
        await node.Kit.AdvanceAsync(Minute);

        Fired(node).Should().ContainSingle();
    }

    private static Task<string> Remind(LedgerNode node, string entity, string name, TimeSpan after, long generation = 1) =>
        node.Kit.RunAsync(() => node.Ask<string>(entity, new LedgerCommand.Remind(name, node.Kit.Time.GetUtcNow() + after, generation)));

    private static IEnumerable<string> Fired(LedgerNode node) =>
        node.Log.Lines.Where(line => line.StartsWith("fired", StringComparison.Ordinal));
}

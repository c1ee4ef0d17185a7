using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class Outages_of_the_journal
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static JournalException Down => new("ORC4010", "down", isTransient: true, outcomeUnknown: false);

    [Fact]
    public async Task Are_waited_out_and_nothing_fails()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "before");
        node.Kit.Journal.FailAppends(Down);
        node.Kit.Journal.FailReads(Down);
        var asks = Names(20).Append("a").Select(name => Patient(node, name, "during")).ToList();
        await node.Kit.AdvanceAsync(4 * Minute);
        asks.Should().OnlyContain(ask => !ask.IsCompleted);
        node.Kit.System.JournalBacklog.IsAvailable.Should().BeFalse();
        node.Kit.System.JournalBacklog.OldestAge.Should().BeCloseTo(4 * Minute, TimeSpan.FromSeconds(1));

        node.Kit.Journal.FailAppends(null);
        node.Kit.Journal.FailReads(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(15));
        asks.Should().OnlyContain(ask => ask.IsCompletedSuccessfully);
        node.Kit.Events.OfType<KernelEvent.ActorFailed>().Should().BeEmpty();
        node.Kit.Events.OfType<KernelEvent.JournalUnavailable>().Should().ContainSingle();
        node.Kit.Events.OfType<KernelEvent.JournalAvailable>().Should().ContainSingle().Which.After.Should().BeGreaterThan(3.9 * Minute);
        node.Kit.System.JournalBacklog.Should().Be(new JournalBacklog(0, 0, TimeSpan.Zero, true));
    }

    [Fact]
    public async Task Make_recoveries_wait_instead_of_fail()
    {
        await using var node = await LedgerNode.StartAsync();
        foreach (var name in Names(60))
            await node.AddAsync(name, "before");

        await node.Kit.CrashAsync();
        node.Kit.Journal.FailReads(Down);
        var asks = Names(60).Select(name => Patient(node, name, "during")).ToList();
        await node.Kit.AdvanceAsync(10 * Minute);
        node.Kit.Journal.FailReads(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(15));

        asks.Should().OnlyContain(ask => ask.IsCompletedSuccessfully);
        node.Kit.Events.OfType<KernelEvent.ActorFailed>().Should().BeEmpty();
        node.Kit.Events.OfType<KernelEvent.JournalUnavailable>().Should().ContainSingle();
        node.Kit.Events.OfType<KernelEvent.JournalAvailable>().Should().ContainSingle();
    }

    [Fact]
    public async Task Are_not_reported_for_a_single_hiccup()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(JournalFault.Transient);
        await node.Kit.RunAsync(() => node.Add("a", "one"), Minute);
        node.Kit.Events.OfType<KernelEvent.JournalUnavailable>().Should().BeEmpty();
    }

    [Fact]
    public async Task Beyond_the_deadline_fail_what_waits_whether_taken_or_queued()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("b", "zero");
        node.Kit.Journal.FailAppends(Down);
        var first = Patient(node, "a", "one");
        await node.Kit.AdvanceAsync(Minute);
        var second = Patient(node, "b", "one");
        await node.Kit.AdvanceAsync(3 * Minute);
        first.IsCompleted.Should().BeFalse();
        await node.Kit.AdvanceAsync(1.2 * Minute);
        (await NotConfirmedAsync(first)).Should().BeTrue();
        second.IsCompleted.Should().BeFalse("it came a minute later");
        await node.Kit.AdvanceAsync(Minute);
        (await NotConfirmedAsync(second)).Should().BeTrue();

        node.Kit.Journal.FailAppends(null);
        await node.Kit.AdvanceAsync(Minute);
        (await node.AddAsync("a", "one")).Should().Be(1);
        (await node.AddAsync("b", "one")).Should().Be(2);
    }

    [Fact]
    public async Task Leave_room_for_so_many_bytes_and_refuse_more_as_busy()
    {
        await using var node = await LedgerNode.StartAsync(options: o => o with { Writer = new JournalWriterOptions { MaxBytesInFlight = 25 } });
        node.Kit.Journal.Hold();
        var taken = Names(3).Select(name => node.Add(name, "12345678")).ToList();
        await node.Kit.IdleAsync();
        node.Kit.System.JournalBacklog.Writes.Should().Be(3);
        node.Kit.System.JournalBacklog.Bytes.Should().Be(3 * (10 + 8), "payload and metadata");

        var refused = node.Add("other", "one");
        (await refused.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Busy);
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();
        taken.Should().OnlyContain(ask => ask.IsCompletedSuccessfully);
        (await node.AddAsync("other", "one")).Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Caused_by_bad_events_are_none_their_entities_fail_and_the_others_are_stored(int bad)
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        _ = node.Add("first", "op");
        await node.Kit.IdleAsync();
        var asks = Names(40).ToDictionary(name => name, name => node.Add(name, "op"));
        await node.Kit.IdleAsync();
        var refused = Names(40).Where((_, i) => i % 7 == 2).Take(bad).ToHashSet();
        node.Kit.Journal.RefuseEvents(stored => refused.Contains(stored.Id.Name));
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();

        foreach (var (name, ask) in asks)
            ask.IsCompletedSuccessfully.Should().Be(!refused.Contains(name), name);

        node.Kit.Journal.Appends.Count.Should().BeLessThan(2 + (bad * 13), "the bad ones are found by halves");
        node.Kit.Events.OfType<KernelEvent.JournalUnavailable>().Should().BeEmpty();
    }

    [Fact]
    public async Task That_refuse_everything_are_not_searched_for_a_bad_event_without_end()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        _ = node.Add("first", "op");
        await node.Kit.IdleAsync();
        var asks = Names(200).Select(name => node.Add(name, "op")).ToList();
        await node.Kit.IdleAsync();
        node.Kit.Journal.RefuseEvents(_ => true);
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();
        asks.Should().OnlyContain(ask => ask.IsFaulted);
        node.Kit.Journal.Appends.Count.Should().BeLessThan(60);
    }

    [Fact]
    public async Task In_which_a_call_hangs_are_seen_and_end_with_its_answer()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var ask = Patient(node, "a", "one");
        await node.Kit.AdvanceAsync(2 * Minute);
        node.Kit.Events.OfType<KernelEvent.JournalSilent>().Should().ContainSingle();
        node.Kit.Journal.Appends.Should().ContainSingle("nothing is sent beside a call that may still land");
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();
        (await ask.Now()).Should().Be(1);
        node.Kit.Events.OfType<KernelEvent.JournalAvailable>().Should().ContainSingle();
    }

    [Fact]
    public async Task In_which_only_the_answer_is_missing_are_resolved_by_the_head()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(JournalFault.SilentAfterCommit);
        var ask = Patient(node, "a", "one");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(31));
        (await ask.Now()).Should().Be(1);
        var next = Patient(node, "a", "two");
        await node.Kit.AdvanceAsync(Minute);
        next.IsCompleted.Should().BeFalse("the call has not ended");
        node.Kit.Journal.Release();
        await node.Kit.IdleAsync();
        (await next.Now()).Should().Be(2);
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(2);
    }

    [Fact]
    public async Task In_which_a_call_hangs_beyond_the_deadline_fail_what_waits_and_heal()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.Hold();
        var taken = Patient(node, "a", "one");
        await node.Kit.IdleAsync();
        var queued = Patient(node, "b", "one");
        await node.Kit.AdvanceAsync(6 * Minute);
        (await NotConfirmedAsync(taken)).Should().BeTrue();
        (await NotConfirmedAsync(queued)).Should().BeTrue();
        node.Kit.Journal.Release();
        await node.Kit.AdvanceAsync(Minute);

        (await node.ReadAsync("a", Minute)).Done.Should().Equal("one");
        (await node.AddAsync("a", "two")).Should().Be(2, "the late write was accepted");
        (await node.AddAsync("b", "one")).Should().Be(1);
    }

    [Fact]
    public async Task Do_not_keep_the_system_from_stopping()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailAppends(Down);
        node.Kit.Journal.FailReads(Down);
        await node.Kit.IdleAsync();
        var writing = Patient(node, "a", "one");
        var recovering = Patient(node, "b", "one");
        await node.Kit.AdvanceAsync(Minute);
        var started = node.Kit.Time.Elapsed;
        await node.Kit.RunAsync(() => node.Kit.System.StopAsync(), Hour);
        (node.Kit.Time.Elapsed - started).Should().BeLessThan(TimeSpan.FromSeconds(25));
        writing.IsFaulted.Should().BeTrue();
        recovering.IsFaulted.Should().BeTrue();
    }

    [Fact]
    public async Task Do_not_end_sooner_because_the_wall_clock_jumps()
    {
        await using var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailAppends(Down);
        var ask = Patient(node, "a", "one");
        await node.Kit.AdvanceAsync(Minute);
        node.Kit.Time.JumpWallClock(Hour);
        await node.Kit.AdvanceAsync(Minute);
        ask.IsCompleted.Should().BeFalse();
        node.Kit.Journal.FailAppends(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));
        (await ask.Now()).Should().Be(1);
    }

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(i => $"e{i}");

    private static Task<int> Patient(LedgerNode node, string name, string operation) =>
        node.Region.Ask<int>(name, new LedgerCommand.Add(operation, 1), Hour);

    private static async Task<bool> NotConfirmedAsync(Task<int> ask) =>
        (await ask.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason == AskFailure.NotConfirmed;
}

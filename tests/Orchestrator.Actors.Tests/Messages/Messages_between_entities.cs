using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Messages;

public sealed class Messages_between_entities
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_message_arrives_is_handled_and_leaves_the_journal()
    {
        await using var node = await LedgerNode.StartAsync();
        await SendAsync(node, "a", "s1", "hello", "b");
        await node.Kit.AdvanceAsync(Second);

        (await node.ReadAsync("b")).Done.Should().Equal("a#1.0");
        node.Kit.Journal.Outbox.Should().BeEmpty();
        (await MarksAsync(node, "b")).Should().Equal(new InboxMark(LedgerNode.Id("b"), LedgerNode.Id("a"), 1, 0));
    }

    [Fact]
    public async Task Messages_and_events_are_one_append()
    {
        await using var node = await LedgerNode.StartAsync();
        await SendAsync(node, "a", "s1", "hello", "b", "c", "b");
        var append = node.Kit.Journal.Appends.SelectMany(group => group).First(part => part.Outbox.Count > 0);
        append.Events.Should().ContainSingle();
        append.Outbox.Select(message => $"{message.SequenceNr}.{message.Ordinal} {message.To.Name}").Should().Equal("1.0 b", "1.1 c", "1.2 b");
    }

    [Fact]
    public async Task They_arrive_in_the_order_sent_also_beyond_the_window()
    {
        await using var node = await LedgerNode.StartAsync(options: o => o with { Outbox = new() { Window = 3, LaneCapacity = 5 } });
        await node.Kit.RunAllAsync(Enumerable.Range(0, 40).Select<int, Func<Task<int>>>(i => () => Send(node, "a", $"s{i}", $"m{i}", "b")));
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));

        Got(node, "a").Should().Equal(Enumerable.Range(0, 40).Select(i => $"m{i}"));
        (await node.ReadAsync("b")).Sum.Should().Be(40);
        node.Kit.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task A_message_that_changes_nothing_is_marked_all_the_same()
    {
        await using var node = await LedgerNode.StartAsync();
        await SendAsync(node, "a", "s1", "note", "b");
        await node.Kit.AdvanceAsync(Second);
        await node.Kit.CrashAsync();
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        Got(node, "a").Should().Equal("note");
        (await MarksAsync(node, "b")).Should().ContainSingle();
    }

    [Fact]
    public async Task An_effect_without_an_event_cannot_send()
    {
        await using var node = await LedgerNode.StartAsync();
        var send = () => node.Kit.RunAsync(() => node.Ask<int>("a", new LedgerCommand.Send("mute", [LedgerNode.Id("b")], "hello")));
        (await send.Should().ThrowAsync<AskException>()).Which.Message.Should().Contain("at least one event");
        node.Kit.Journal.Appends.Should().BeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_fails_holds_up_only_what_is_for_it()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with { Restart = new() { MaxBackoff = Second } });
        await SendAsync(node, "a", "s1", "poison", "b");
        await SendAsync(node, "a", "s2", "behind", "b");
        await SendAsync(node, "a", "s3", "beside", "c");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await node.ReadAsync("c")).Done.Should().Equal("a#3.0");
        Got(node, "a").Should().NotContain("behind");
        node.Kit.Journal.Outbox.Should().HaveCount(2);
        node.Kit.Events.OfType<KernelEvent.DeliveryFailed>().Count().Should().BeInRange(5, 15, "the back-off grows from 1 s to 60 s");

        node.Log.IsHealed = true;
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await node.ReadAsync("b", TimeSpan.FromMinutes(1))).Done.Should().Equal("a#1.0", "a#2.0");
        node.Kit.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task A_kind_nobody_knows_holds_up_only_what_is_for_it()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.Kit.RunAsync(() => node.Ask<int>("a", new LedgerCommand.Send("s1", [new PersistenceId(99, "x"), LedgerNode.Id("b")], "hello")));
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(10));
        (await node.ReadAsync("b")).Done.Should().Equal("a#1.1");
        node.Kit.Journal.Outbox.Should().ContainSingle().Which.To.Kind.Should().Be(99);
        node.Kit.Events.OfType<KernelEvent.DeliveryFailed>().Count().Should().BeInRange(10, 20);
    }

    [Fact]
    public async Task Many_messages_nobody_takes_stay_in_the_journal_and_do_not_hide_others()
    {
        await using var node = await LedgerNode.StartAsync(options: o => o with
        {
            Outbox = new() { Window = 2, LaneCapacity = 4, PageSize = 5, MaxInMemory = 8 },
        });
        for (var i = 0; i < 20; i++)
            await node.Kit.RunAsync(() => node.Ask<int>("a", new LedgerCommand.Send($"s{i}", [new PersistenceId(99, "x")], "hello")));

        await node.Kit.CrashAsync();
        await SendAsync(node, "a", "last", "hello", "b");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.ReadAsync("b")).Done.Should().Equal("a#21.0");
        node.Kit.Journal.Outbox.Should().HaveCount(20);
    }

    [Fact]
    public async Task A_stashed_message_is_handled_before_those_sent_after_it()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.Kit.RunAsync(() => node.Ask<string>("b", new LedgerCommand.Park()));
        await SendAsync(node, "a", "s1", "first", "b");
        await SendAsync(node, "a", "s2", "second", "b");
        await node.Kit.AdvanceAsync(Second);
        await node.Kit.RunAsync(() => node.Ask<string>("b", new LedgerCommand.Unpark()));
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(3));
        (await node.ReadAsync("b")).Done.Should().Equal("a#1.0", "a#2.0");
        node.Kit.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task What_an_outage_left_is_delivered_paced_from_the_journal()
    {
        await using var node = await WithMessageLeftAsync([.. Enumerable.Range(0, 100).Select(i => $"r{i}")]);
        await node.Kit.CrashAsync();
        node.Region.ActiveEntities.Count.Should().BeLessThanOrEqualTo(20, "20 receivers start in a step of 100 ms");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        Got(node, "a").Should().HaveCount(100);
        node.Kit.Journal.Outbox.Should().BeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_read_is_read_later()
    {
        await using var node = await LedgerNode.StartAsync();
        await SendAsync(node, "a", "s1", "hello", "b");
        var grants = await node.Kit.RunAsync(async () =>
            await node.Kit.Journal.AcquireAsync([.. Enumerable.Range(0, node.Kit.Journal.ShardCount)], CancellationToken.None));
        node.Kit.System.AddShards(grants);
        node.Kit.Journal.FailReads(new JournalException("ORC4013", "The connection was lost.", isTransient: true, outcomeUnknown: false));
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(20));
        node.Kit.Events.OfType<KernelEvent.OutboxFailed>().Count().Should().BeInRange(1, 6);
        node.Kit.Journal.FailReads(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.ReadAsync("b")).Done.Should().Equal("a#1.0");
    }

    private static Task<int> Send(LedgerNode node, string from, string operation, string text, params string[] to) =>
        node.Ask<int>(from, new LedgerCommand.Send(operation, [.. to.Select(LedgerNode.Id)], text));

    private static Task<int> SendAsync(LedgerNode node, string from, string operation, string text, params string[] to) =>
        node.Kit.RunAsync(() => Send(node, from, operation, text, to));

    private static IEnumerable<string> Got(LedgerNode node, string from) =>
        node.Log.Lines.Where(line => line.StartsWith("got ", StringComparison.Ordinal) && line.Contains($" of {from}#", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1]);

    private static async Task<IReadOnlyList<InboxMark>> MarksAsync(LedgerNode node, string name) =>
        await node.Kit.RunAsync(async () => await node.Kit.Journal.ReadInboxAsync(LedgerNode.Id(name), CancellationToken.None));

    /// <summary>A process that dies before it delivers what it has sent.</summary>
    private static async Task<LedgerNode> WithMessageLeftAsync(params string[] to)
    {
        var node = await LedgerNode.StartAsync();
        node.Kit.Journal.FailNext(JournalFault.CrashAfterCommit);
        _ = Send(node, "a", "s1", "left", to);
        await node.Kit.IdleAsync();
        node.Kit.Journal.IsCrashed.Should().BeTrue();
        return node;
    }
}

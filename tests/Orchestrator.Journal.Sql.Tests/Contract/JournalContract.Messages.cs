using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public abstract partial class JournalContract
{
    private static readonly PersistenceId Receiver = new(2, "receiver \u00e9");
    private static readonly PersistenceId Other = new(2, "other");

    [Fact]
    public async Task A_message_comes_back_as_it_was_sent_with_the_place_of_its_event()
    {
        var grant = await AcquireAsync(1);
        var source = new EventSource(1, "sender");
        grant = await StoreAsync(grant, source.Next(grant.Epoch, 2));
        var events = source.Next(grant.Epoch, 2);
        (await SendAsync(grant, events, new OutboxMessage(source.Id, 4, 3, Receiver, [1, 0, 2]))).Should().Be(AppendOutcome.Stored);

        var entry = (await WaitingAsync()).Should().ContainSingle().Which;
        (entry.ShardId, entry.Position, entry.Message.Key, entry.Message.To)
            .Should().Be((1, 4L, new OutboxKey(source.Id, 4, 3), Receiver));
        entry.Message.Payload.Should().Equal(1, 0, 2);
    }

    [Fact]
    public async Task An_empty_message_stays_empty()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "sender");
        await SendAsync(grant, [source.Next(grant.Epoch)], new OutboxMessage(source.Id, 1, 0, Receiver, []));
        (await WaitingAsync()).Single().Message.Payload.Should().BeEmpty();
    }

    [Fact]
    public async Task Messages_come_by_shard_position_and_ordinal_and_a_read_goes_on_behind_the_last()
    {
        await WithMessagesAsync();
        (await WaitingAsync()).Select(Short).Should().Equal("0:1.0 z", "0:1.1 a", "0:3.0 z", "2:1.0 z", "2:2.0 a");

        var read = new List<string>();
        OutboxEntry? last = null;
        while (await Journal.ReadOutboxAsync(new OutboxQuery(AllShards, 2) { After = last }, None) is { Count: > 0 } page && read.Count < 9)
        {
            page.Count.Should().BeLessThanOrEqualTo(2);
            read.AddRange(page.Select(Short));
            last = page[^1];
        }

        read.Should().Equal("0:1.0 z", "0:1.1 a", "0:3.0 z", "2:1.0 z", "2:2.0 a");
    }

    [Fact]
    public async Task Messages_are_of_the_shards_and_to_the_receiver_asked_only()
    {
        await WithMessagesAsync();
        (await Journal.ReadOutboxAsync(new OutboxQuery([1, 2], 10), None)).Select(Short).Should().Equal("2:1.0 z", "2:2.0 a");
        (await Journal.ReadOutboxAsync(new OutboxQuery([], 10), None)).Should().BeEmpty();
        (await Journal.ReadOutboxAsync(new OutboxQuery(AllShards, 10) { To = new PersistenceId(2, "a") }, None)).Select(Short)
            .Should().Equal("0:1.1 a", "2:2.0 a");
        (await Journal.ReadOutboxAsync(new OutboxQuery(AllShards, 10) { To = new PersistenceId(3, "a") }, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Removed_messages_are_gone_the_others_stay_and_removing_again_is_harmless()
    {
        var (first, second) = await WithMessagesAsync();
        OutboxKey[] delivered = [new(first, 1, 1), new(second, 1, 0)];
        await Journal.RemoveOutboxAsync(delivered, None);
        await Journal.RemoveOutboxAsync(delivered, None);
        await Journal.RemoveOutboxAsync([new(new PersistenceId(9, "unknown"), 1, 0), new(first, 99, 0)], None);
        (await WaitingAsync()).Select(Short).Should().Equal("0:1.0 z", "0:3.0 z", "2:2.0 a");
        (await Journal.ReadShardHeadAsync(0, None)).Head.Should().Be(3, "a delivery is no event");
    }

    [Fact]
    public async Task A_fenced_append_sends_and_marks_nothing()
    {
        var stale = await AcquireAsync();
        await AcquireAsync();
        var source = new EventSource(1, "sender");
        var append = Append(stale, [source.Next(stale.Epoch)]) with
        {
            Outbox = [new OutboxMessage(source.Id, 1, 0, Receiver, [1])], Inbox = [new InboxMark(source.Id, Other, 1, 0)],
        };
        (await Journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Fenced);
        (await WaitingAsync()).Should().BeEmpty();
        (await Journal.ReadInboxAsync(source.Id, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Messages_and_marks_are_there_after_reopening()
    {
        await WithMessagesAsync();
        await MarkAsync(await AcquireAsync(3), new InboxMark(Receiver, Other, 5, 2));
        await ReopenAsync();
        (await WaitingAsync()).Should().HaveCount(5);
        (await Journal.ReadInboxAsync(Receiver, None)).Should().Equal(new InboxMark(Receiver, Other, 5, 2));
    }

    [Fact]
    public async Task A_message_without_its_event_in_the_append_is_refused()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "sender");
        grant = await StoreAsync(grant, source.Next(grant.Epoch));
        var send = () => SendAsync(grant, [source.Next(grant.Epoch)], new OutboxMessage(source.Id, 1, 0, Receiver, [1]));
        await send.Should().ThrowAsync<ArgumentException>();
        (await WaitingAsync()).Should().BeEmpty();
        (await ReadAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task Marks_are_kept_per_receiver_and_sender_and_need_no_event()
    {
        var grant = await AcquireAsync();
        await MarkAsync(grant, new InboxMark(Receiver, Other, 3, 0), new InboxMark(Receiver, new PersistenceId(7, "other"), 1, 1));
        await MarkAsync(grant, new InboxMark(Other, Receiver, 8, 0), new InboxMark(Receiver, Other, 3, 4));
        (await Journal.ReadInboxAsync(Receiver, None)).Should()
            .BeEquivalentTo([new InboxMark(Receiver, Other, 3, 4), new InboxMark(Receiver, new PersistenceId(7, "other"), 1, 1)]);
        (await Journal.ReadInboxAsync(Other, None)).Should().Equal(new InboxMark(Other, Receiver, 8, 0));
        (await Journal.ReadInboxAsync(new PersistenceId(2, "unknown"), None)).Should().BeEmpty();
        (await Journal.ListEntitiesAsync(null, None)).Should().BeEmpty("nothing has happened to them");
    }

    [Fact]
    public async Task A_mark_never_moves_back()
    {
        var grant = await AcquireAsync();
        await MarkAsync(grant, new InboxMark(Receiver, Other, 3, 4));
        await MarkAsync(grant, new InboxMark(Receiver, Other, 3, 3));
        await MarkAsync(grant, new InboxMark(Receiver, Other, 2, 9));
        (await Journal.ReadInboxAsync(Receiver, None)).Should().Equal(new InboxMark(Receiver, Other, 3, 4));
    }

    private static string Short(OutboxEntry entry) => $"{entry.ShardId}:{entry.Position}.{entry.Message.Ordinal} {entry.Message.To.Name}";

    private async Task<IReadOnlyList<OutboxEntry>> WaitingAsync() =>
        await Journal.ReadOutboxAsync(new OutboxQuery(AllShards, 100), None);

    private async Task<AppendOutcome> SendAsync(ShardGrant grant, JournalEvent[] events, params OutboxMessage[] messages) =>
        (await Journal.AppendAsync([Append(grant, events) with { Outbox = messages }], None)).Single();

    private async Task MarkAsync(ShardGrant grant, params InboxMark[] marks) =>
        (await Journal.AppendAsync([Append(grant, []) with { Inbox = marks }], None)).Should().Equal(AppendOutcome.Stored);

    /// <summary>Two senders in shards 0 and 2; the second shard is written first.</summary>
    private async Task<(PersistenceId First, PersistenceId Second)> WithMessagesAsync()
    {
        var grants = await Journal.AcquireAsync([0, 2], None);
        var (first, second) = (new EventSource(1, "first"), new EventSource(1, "second"));
        var (a, z) = (new PersistenceId(2, "a"), new PersistenceId(2, "z"));
        await SendAsync(grants[1], second.Next(grants[1].Epoch, 2), new(second.Id, 1, 0, z, [1]), new(second.Id, 2, 0, a, [2]));
        await SendAsync(grants[0], first.Next(grants[0].Epoch, 3),
            new(first.Id, 1, 0, z, [3]), new(first.Id, 1, 1, a, [4]), new(first.Id, 3, 0, z, [5]));
        return (first.Id, second.Id);
    }
}

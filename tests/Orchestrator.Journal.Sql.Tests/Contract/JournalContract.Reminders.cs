using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_reminder_comes_back_as_it_was_set()
    {
        var (grant, source) = await WithEntityAsync();
        await AppendAsync(grant, [], Set(source.Id, "wake", 5, 60));
        var due = EventSource.Start.AddSeconds(60);
        (await DueAsync(due.AddTicks(-1))).Should().BeEmpty();
        var reminder = (await DueAsync(due)).Should().ContainSingle().Which;
        (reminder.Id, reminder.Name, reminder.Generation, reminder.DueAt).Should().Be((source.Id, "wake", 5L, due));
        reminder.Payload.Should().Equal(9, 5);
    }

    [Fact]
    public async Task Setting_a_reminder_again_replaces_it()
    {
        var (grant, source) = await WithEntityAsync();
        await AppendAsync(grant, [], Set(source.Id, "wake", 1, 10));
        await AppendAsync(grant, [], Set(source.Id, "wake", 2, 20), Set(source.Id, "other", 1, 15));
        (await DueAsync()).Select(static r => $"{r.Name} {r.Generation}").Should().Equal("other 1", "wake 2");
    }

    [Fact]
    public async Task A_cleared_reminder_is_gone_and_clearing_nothing_is_harmless()
    {
        var (grant, source) = await WithEntityAsync();
        await AppendAsync(grant, [], Set(source.Id, "wake", 1, 10), Set(source.Id, "other", 1, 10));
        await AppendAsync(grant, [], new ReminderChange(source.Id, "wake", null));
        (await DueAsync()).Select(static r => r.Name).Should().Equal("other");
        var unknown = new PersistenceId(1, "unknown");
        (await AppendAsync(grant, [], new ReminderChange(unknown, "wake", null))).Should().Be(AppendOutcome.Stored);
        (await Journal.ListEntitiesAsync(null, None)).Should().NotContain(unknown);
    }

    [Fact]
    public async Task Changes_of_one_append_are_applied_in_order()
    {
        var (grant, source) = await WithEntityAsync();
        await AppendAsync(grant, [],
            Set(source.Id, "a", 1, 10), new ReminderChange(source.Id, "a", null), Set(source.Id, "a", 2, 10),
            Set(source.Id, "b", 1, 10), new ReminderChange(source.Id, "b", null));
        (await DueAsync()).Select(static r => $"{r.Name} {r.Generation}").Should().Equal("a 2");
    }

    [Fact]
    public async Task Reminders_come_earliest_first_up_to_the_limit()
    {
        var (grant, source) = await WithEntityAsync();
        int[] due = [50, 10, 40, 20, 30];
        await AppendAsync(grant, [], [.. due.Select(d => Set(source.Id, $"r{d}", 1, d))]);
        (await Journal.ReadRemindersAsync([0], EventSource.Start.AddSeconds(45), 3, None)).Select(static r => r.Name)
            .Should().Equal("r10", "r20", "r30");
    }

    [Fact]
    public async Task Reminders_are_of_the_shards_asked_only()
    {
        var grants = await Journal.AcquireAsync([0, 1, 2], None);
        foreach (var grant in grants)
        {
            var source = new EventSource(1, $"e{grant.ShardId}");
            await AppendAsync(grant, source.Next(grant.Epoch, 1), Set(source.Id, "wake", 1, 10 - grant.ShardId));
        }

        var due = await Journal.ReadRemindersAsync([0, 2], EventSource.Start.AddDays(1), 10, None);
        due.Select(static r => r.Id.Name).Should().Equal("e2", "e0");
        (await Journal.ReadRemindersAsync([], EventSource.Start.AddDays(1), 10, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Reminders_of_a_fenced_append_stay_as_they_were()
    {
        var (grant, source) = await WithEntityAsync();
        await AppendAsync(grant, [], Set(source.Id, "kept", 1, 10));
        await AcquireAsync();
        (await AppendAsync(grant, [], Set(source.Id, "new", 1, 10), new ReminderChange(source.Id, "kept", null)))
            .Should().Be(AppendOutcome.Fenced);
        (await DueAsync()).Select(static r => r.Name).Should().Equal("kept");
    }

    [Fact]
    public async Task Reminders_of_a_refused_append_stay_as_they_were()
    {
        var (grant, source) = await WithEntityAsync();
        var wrong = source.Next(grant.Epoch) with { SequenceNr = 9 };
        var call = async () => await AppendAsync(grant, [wrong], Set(source.Id, "new", 1, 10));
        await call.Should().ThrowAsync<JournalException>();
        (await DueAsync()).Should().BeEmpty();
    }

    protected static ReminderChange Set(PersistenceId id, string name, long generation, int dueInSeconds) =>
        new(id, name, new JournalReminder(
            id, name, generation, EventSource.Start.AddSeconds(dueInSeconds), [9, (byte)generation]));

    private async Task<(ShardGrant Grant, EventSource Source)> WithEntityAsync()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "entity");
        return (await StoreAsync(grant, source.Next(grant.Epoch)), source);
    }

    private ValueTask<IReadOnlyList<JournalReminder>> DueAsync(DateTimeOffset? before = null) =>
        Journal.ReadRemindersAsync(AllShards, before ?? EventSource.Start.AddDays(1), 100, None);
}

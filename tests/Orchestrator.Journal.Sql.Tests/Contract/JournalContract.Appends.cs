using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public abstract partial class JournalContract
{
    [Fact]
    public void Has_the_shards_it_was_made_with() => Journal.ShardCount.Should().Be(Shards);

    [Fact]
    public async Task A_new_shard_is_at_zero_and_its_first_grant_raises_the_epoch()
    {
        (await Journal.ReadShardHeadAsync(1, None)).Should().Be(new ShardGrant(1, 0, 0));
        (await AcquireAsync(1)).Should().Be(new ShardGrant(1, 1, 0));
        (await AcquireAsync(1)).Should().Be(new ShardGrant(1, 2, 0));
        (await Journal.ReadShardHeadAsync(1, None)).Epoch.Should().Be(2);
    }

    [Fact]
    public async Task Grants_come_in_the_order_asked()
    {
        var grants = await Journal.AcquireAsync([3, 0, 2], None);
        grants.Select(static g => g.ShardId).Should().Equal(3, 0, 2);
        (await Journal.ReadShardHeadAsync(1, None)).Epoch.Should().Be(0, "it was not asked for");
    }

    [Fact]
    public async Task Gives_back_exactly_what_was_appended()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "machine \u00e9\U0001F600 'x' %");
        JournalEvent[] events = [source.Next(grant.Epoch, ""), source.Next(grant.Epoch, "\0binary"), source.Next(grant.Epoch, "third")];
        await StoreAsync(grant, events);
        ShouldBe(await ReadAsync(), events);
        ShouldBe(await Journal.ReadEntityAsync(source.Id, 1, 10, None), events);
    }

    [Fact]
    public async Task Empty_bytes_stay_empty_and_do_not_become_null()
    {
        var grant = await AcquireAsync();
        await StoreAsync(grant, new EventSource(1, "a").Next(grant.Epoch, ""));
        (await ReadAsync()).Single().Payload.Should().NotBeNull().And.BeEmpty();
    }

    [Fact]
    public async Task Positions_are_dense_from_one_in_each_shard()
    {
        var (first, second) = (await AcquireAsync(0), await AcquireAsync(1));
        var (a, b) = (new EventSource(1, "a"), new EventSource(1, "b"));
        first = await StoreAsync(first, a.Next(first.Epoch, 2));
        second = await StoreAsync(second, b.Next(second.Epoch, 1));
        await StoreAsync(first, a.Next(first.Epoch, 3));
        (await ReadAsync(0)).Select(static e => e.Position).Should().Equal(1, 2, 3, 4, 5);
        (await ReadAsync(1)).Select(static e => e.Position).Should().Equal(1);
        (await Journal.ReadShardHeadAsync(0, None)).Head.Should().Be(5);
    }

    [Fact]
    public async Task Entities_of_a_shard_interleave_in_the_order_given()
    {
        var grant = await AcquireAsync();
        var (a, b) = (new EventSource(1, "a"), new EventSource(2, "a"));
        JournalEvent[] events = [a.Next(grant.Epoch), b.Next(grant.Epoch), a.Next(grant.Epoch)];
        await StoreAsync(grant, events);
        ShouldBe(await ReadAsync(), events);
        ShouldBe(await Journal.ReadEntityAsync(b.Id, 1, 10, None), [events[1]]);
    }

    [Fact]
    public async Task An_earlier_owner_is_fenced_and_writes_nothing()
    {
        var old = await AcquireAsync();
        var current = await AcquireAsync();
        (await AppendAsync(old, new EventSource(1, "a").Next(old.Epoch, 2))).Should().Be(AppendOutcome.Fenced);
        (await ReadAsync()).Should().BeEmpty();
        (await Journal.ReadShardHeadAsync(0, None)).Should().Be(current);
    }

    [Fact]
    public async Task An_epoch_never_granted_is_fenced()
    {
        var grant = await AcquireAsync();
        var future = grant with { Epoch = grant.Epoch + 1 };
        (await AppendAsync(future, new EventSource(1, "a").Next(future.Epoch, 1))).Should().Be(AppendOutcome.Fenced);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_head_that_is_not_the_stored_one_is_fenced(int difference)
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "a");
        grant = await StoreAsync(grant, source.Next(grant.Epoch, 3));
        var wrong = grant with { Head = grant.Head + difference };
        (await AppendAsync(wrong, source.Next(grant.Epoch, 1))).Should().Be(AppendOutcome.Fenced);
        (await ReadAsync()).Should().HaveCount(3);
    }

    [Fact]
    public async Task The_same_append_sent_twice_is_stored_once()
    {
        var grant = await AcquireAsync();
        var events = new EventSource(1, "a").Next(grant.Epoch, 2);
        (await AppendAsync(grant, events)).Should().Be(AppendOutcome.Stored);
        (await AppendAsync(grant, events)).Should().Be(AppendOutcome.Fenced);
        (await ReadAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_fenced_shard_is_left_out_whole_and_the_others_are_stored_whole()
    {
        var grants = await Journal.AcquireAsync(AllShards, None);
        await AcquireAsync(2);
        var sources = grants.Select(static g => new EventSource(1, $"e{g.ShardId}")).ToArray();
        var appends = grants.Select((g, i) => Append(g, sources[i].Next(g.Epoch, 3), Set(sources[i].Id, "r", 1, 0))).ToArray();

        (await Journal.AppendAsync(appends, None)).Should().Equal(
            AppendOutcome.Stored, AppendOutcome.Stored, AppendOutcome.Fenced, AppendOutcome.Stored);

        foreach (var shard in AllShards)
        {
            var expected = shard == 2 ? 0 : 3;
            (await ReadAsync(shard)).Should().HaveCount(expected);
            (await Journal.ReadShardHeadAsync(shard, None)).Head.Should().Be(expected);
            (await Journal.ReadRemindersAsync([shard], EventSource.Start, 10, None)).Should().HaveCount(expected / 3);
        }
    }

    [Fact]
    public async Task Outcomes_come_in_the_order_of_the_appends()
    {
        var grants = await Journal.AcquireAsync(AllShards, None);
        await AcquireAsync(3);
        var appends = grants.Reverse().Select(static g => Append(g, new EventSource(1, $"e{g.ShardId}").Next(g.Epoch, 1))).ToArray();
        (await Journal.AppendAsync(appends, None)).Should().Equal(
            AppendOutcome.Fenced, AppendOutcome.Stored, AppendOutcome.Stored, AppendOutcome.Stored);
    }

    [Fact]
    public async Task An_append_of_nothing_has_no_outcomes() => (await Journal.AppendAsync([], None)).Should().BeEmpty();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_repeated_or_skipped_sequence_number_is_refused_and_nothing_is_stored(long sequenceNr)
    {
        var grants = await Journal.AcquireAsync([0, 1], None);
        var (good, bad) = (new EventSource(1, "good"), new EventSource(1, "bad"));
        var first = await StoreAsync(grants[1], bad.Next(grants[1].Epoch, 1));
        var wrong = bad.Next(first.Epoch) with { SequenceNr = sequenceNr };
        var call = async () => await Journal.AppendAsync([Append(grants[0], good.Next(grants[0].Epoch, 2)), Append(first, [wrong])], None);

        (await call.Should().ThrowAsync<JournalException>()).Which.OutcomeUnknown.Should().BeFalse();
        (await ReadAsync(0)).Should().BeEmpty();
        (await ReadAsync(1)).Should().HaveCount(1);
        (await Journal.ReadShardHeadAsync(0, None)).Head.Should().Be(0);
    }

    [Fact]
    public async Task After_a_refused_append_the_right_one_is_stored()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "a");
        var events = source.Next(grant.Epoch, 2);
        var call = async () => await AppendAsync(grant, [events[0], events[1] with { SequenceNr = 7 }]);
        await call.Should().ThrowAsync<JournalException>();
        await StoreAsync(grant, events);
        ShouldBe(await ReadAsync(), events);
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "a");
        var events = source.Next(grant.Epoch, 3);
        (await AppendAsync(grant, events, Set(source.Id, "r", 1, 0))).Should().Be(AppendOutcome.Stored);
        await Journal.SaveSnapshotAsync(source.Snapshot("state"), None);

        await ReopenAsync();

        ShouldBe(await ReadAsync(), events);
        (await Journal.ReadShardHeadAsync(0, None)).Should().Be(grant with { Head = 3 });
        (await Journal.LoadSnapshotAsync(source.Id, 3, None)).Should().NotBeNull();
        (await Journal.ReadRemindersAsync([0], EventSource.Start, 10, None)).Should().ContainSingle();
        (await AcquireAsync()).Epoch.Should().Be(grant.Epoch + 1, "a new owner must fence the one before the restart");
    }

    [Fact]
    public async Task A_history_goes_on_after_reopening()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "a");
        await StoreAsync(grant, source.Next(grant.Epoch, 3));
        await ReopenAsync();
        var next = await AcquireAsync();
        await StoreAsync(next, source.Next(next.Epoch, 2));
        (await Journal.ReadEntityAsync(source.Id, 1, 10, None)).Select(static e => e.SequenceNr).Should().Equal(1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task A_cancelled_append_stores_nothing()
    {
        var grant = await AcquireAsync();
        var events = new EventSource(1, "a").Next(grant.Epoch, 1);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var call = async () => await Journal.AppendAsync([Append(grant, events)], cancelled.Token);
        await call.Should().ThrowAsync<OperationCanceledException>();
        await StoreAsync(grant, events);
    }
}

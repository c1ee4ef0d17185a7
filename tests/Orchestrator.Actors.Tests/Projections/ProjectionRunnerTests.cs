using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors.Tests.Projections;

public sealed class ProjectionRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Follows_the_journal_as_soon_as_it_is_written()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one", 3);
        await node.AddAsync("a", "two", 4);
        await node.AddAsync("b", "three", 5);
        await node.Kit.IdleAsync();

        (await node.SumAsync("a")).Should().Be("7");
        (await node.SumAsync("b")).Should().Be("5");
    }

    [Fact]
    public async Task Finds_by_polling_what_nobody_told_it()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        var (grant, stored) = ForeignEvent(node);
        await node.Kit.RunAsync(() => node.Kit.Journal.AppendAsync([new ShardAppend(grant.ShardId, grant.Epoch, grant.Head, [stored], [])], default).AsTask());
        await node.Kit.IdleAsync();
        (await node.SumAsync("a")).Should().Be("1");

        await node.Kit.AdvanceAsync(new ProjectionOptions().PollInterval);

        (await node.SumAsync("a")).Should().Be("10");
    }

    [Fact]
    public async Task Goes_on_behind_its_offset_after_a_crash()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        node.Store.IsDown = true;
        await node.AddAsync("a", "two");
        var again = new Sums();
        node.Projections = [again];

        node.Store.IsDown = false;
        await node.Kit.CrashAsync();

        (await node.SumAsync("a")).Should().Be("2");
        again.Handled.Should().Be(1);
    }

    [Fact]
    public async Task Counts_each_event_once_when_the_answer_of_a_commit_is_lost()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "zero");
        await node.Kit.IdleAsync();
        node.Store.LostAnswers = 3;
        for (var i = 0; i < 3; i++)
        {
            await node.AddAsync("a", $"{i}");
            await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        (await node.SumAsync("a")).Should().Be("4");
        node.Kit.Events.OfType<KernelEvent.ProjectionFailed>().Should().HaveCount(3);
    }

    [Fact]
    public async Task Backs_off_while_the_store_is_down_and_returns_by_itself()
    {
        await using var node = await ProjectionNode.StartAsync();
        node.Store.IsDown = true;
        await node.AddAsync("a", "one");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        node.Kit.Events.OfType<KernelEvent.ProjectionFailed>().Count().Should().BeInRange(8, 14);
        (await node.SumAsync("a")).Should().BeNull();

        node.Store.IsDown = false;
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(31));

        (await node.SumAsync("a")).Should().Be("1");
    }

    [Fact]
    public async Task Returns_when_the_journal_can_be_read_again()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        node.Kit.Journal.FailReads(new JournalException("ORC4010", "down", isTransient: true, outcomeUnknown: false));
        await node.AddAsync("a", "two");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        node.Kit.Journal.FailReads(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(31));

        (await node.SumAsync("a")).Should().Be("2");
    }

    [Fact]
    public async Task Reads_a_row_once_and_remembers_it()
    {
        await using var node = await ProjectionNode.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await node.AddAsync("a", $"{i}");
            await node.Kit.IdleAsync();
        }

        node.Store.RowReads.Should().Be(1);
        (await node.SumAsync("a")).Should().Be("20");
    }

    [Fact]
    public async Task Bounds_its_commits()
    {
        await using var node = await ProjectionNode.StartAsync(options: new ProjectionOptions { PageSize = 3, MaxBatchEvents = 3 });
        node.Store.IsDown = true;
        for (var i = 0; i < 10; i++) await node.AddAsync("a", $"{i}");
        node.Store.IsDown = false;
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(30));

        (await node.SumAsync("a")).Should().Be("10");
        node.Store.Commits.Should().Be(4);
    }

    [Fact]
    public async Task Makes_the_rows_anew_when_the_journal_is_not_the_one_they_were_made_of()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.AddAsync("a", "two");
        await node.Kit.IdleAsync();
        node.Kit.Journal.Rewind(LedgerNode.ShardOf("a"), 1);

        await node.Kit.CrashAsync();
        await node.AddAsync("a", "other", 5);
        await node.Kit.IdleAsync();

        (await node.SumAsync("a")).Should().Be("6", "'two' is gone, 'other' came");
        node.Kit.Events.OfType<KernelEvent.ProjectionReset>().Should().ContainSingle().Which.Position.Should().Be(2);
    }

    [Fact]
    public async Task Leaves_a_shard_alone_that_this_node_lost()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        node.Kit.System.LoseShard(LedgerNode.ShardOf("a"), ActorErrorCodes.ShardFenced);
        var (grant, stored) = ForeignEvent(node);
        await node.Kit.RunAsync(() => node.Kit.Journal.AppendAsync([new ShardAppend(grant.ShardId, grant.Epoch, grant.Head, [stored], [])], default).AsTask());
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.SumAsync("a")).Should().Be("1");

        node.Kit.System.AddShards(await node.Kit.RunAsync(() => node.Kit.Journal.AcquireAsync([grant.ShardId], default).AsTask()));
        await node.Kit.IdleAsync();

        (await node.SumAsync("a")).Should().Be("10");
    }

    [Fact]
    public async Task Two_nodes_that_both_think_they_own_a_shard_count_each_event_once()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        // The other node was quicker: its offset is where this node's commit is aimed at.
        await node.Inner.CommitAsync(new ProjectionId("sums", 1), [new ShardCommit(LedgerNode.ShardOf("a"), 1,
            new ProjectionOffset(2, [9]), [RowChange.Upsert("sum/a", "2"u8.ToArray())], [])], default);
        await node.AddAsync("a", "two");
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Should().HaveCount(2);
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        (await node.SumAsync("a")).Should().Be("2");
    }

    [Fact]
    public async Task A_reader_that_waits_sees_what_was_acknowledged()
    {
        await using var node = await ProjectionNode.StartAsync();
        var seen = await node.Kit.RunAsync(async () =>
        {
            await node.Region.Ask<int>("a", new LedgerCommand.Add("one", 1), Patience);
            var isCurrent = await node.Runner.WaitUntilCurrentAsync("sums", LedgerNode.ShardOf("a"), Patience);
            return (isCurrent, await node.SumAsync("a"));
        });

        seen.Should().Be((true, "1"));
    }

    [Fact]
    public async Task A_reader_does_not_wait_for_ever()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "zero");
        await node.Kit.IdleAsync();
        node.Store.IsDown = true;
        await node.AddAsync("a", "one");

        var started = node.Kit.Time.Elapsed;
        var isCurrent = await node.Kit.RunAsync(
            () => node.Runner.WaitUntilCurrentAsync("sums", LedgerNode.ShardOf("a"), Patience), TimeSpan.FromMinutes(1));

        isCurrent.Should().BeFalse();
        (node.Kit.Time.Elapsed - started).Should().Be(Patience);
    }

    [Fact]
    public async Task Readers_at_start_need_not_wait_for_a_first_event()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        await node.Kit.CrashAsync();

        (await node.Kit.RunAsync(() => node.Runner.WaitUntilCurrentAsync("sums", LedgerNode.ShardOf("a"), Patience))).Should().BeTrue();
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_run()
    {
        async Task<ulong> RunAsync()
        {
            await using var node = await ProjectionNode.StartAsync(seed: 42);
            for (var i = 0; i < 20; i++) await node.AddAsync($"{i % 3}", $"{i}");
            await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(30));
            return node.Kit.Dispatcher.TraceHash;
        }

        (await RunAsync()).Should().Be(await RunAsync());
    }

    /// <summary>What another node would append to ledger a: 9, under a new epoch.</summary>
    private static (ShardGrant Grant, JournalEvent Stored) ForeignEvent(ProjectionNode node)
    {
        var shard = LedgerNode.ShardOf("a");
        var grant = node.Kit.RunAsync(() => node.Kit.Journal.AcquireAsync([shard], default).AsTask()).GetAwaiter().GetResult()[0];
        var last = node.Kit.Journal.EventsOf(LedgerNode.Id("a"))[^1];
        var payload = Encoding.UTF8.GetBytes("foreign=9");
        var payloadHash = HashChain.HashPayload(payload);
        var at = node.Kit.Time.GetUtcNow();
        var hash = HashChain.Next(last.Hash, last.Id, last.SequenceNr + 1, grant.Epoch, 1, 1, at, [], payloadHash);
        return (grant, new JournalEvent(last.Id, last.SequenceNr + 1, grant.Epoch, 1, 1, at, [], payload, payloadHash, hash));
    }
}

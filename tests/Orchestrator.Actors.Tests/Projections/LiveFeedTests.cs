using System.Text;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors.Tests.Projections;

public sealed class LiveFeedTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Tells_the_last_change_of_each_row_once_per_interval()
    {
        await using var node = await ProjectionNode.StartAsync();
        using var live = node.Runner.Feed.Subscribe();
        for (var i = 0; i < 5; i++) await node.AddAsync("a", $"{i}");
        await node.AddAsync("b", "x");
        await node.Kit.IdleAsync();
        var reading = live.ReadAsync(default);
        reading.IsCompleted.Should().BeFalse("nothing is told before the interval is over");

        await node.Kit.AdvanceAsync(Interval);

        Texts(await reading).Should().Equal("sum/a=5", "sum/b=1");
    }

    [Fact]
    public async Task Tells_a_change_that_comes_later_in_a_later_interval()
    {
        await using var node = await ProjectionNode.StartAsync();
        using var live = node.Runner.Feed.Subscribe();
        await node.AddAsync("a", "1");
        await node.Kit.AdvanceAsync(Interval);
        await node.AddAsync("a", "2");
        await node.Kit.AdvanceAsync(Interval);

        Texts(await live.ReadAsync(default)).Should().Equal("sum/a=1", "sum/a=2");
        live.Dropped.Should().Be(0);
    }

    [Fact]
    public async Task Drops_the_oldest_of_a_slow_subscriber_and_counts_them()
    {
        await using var node = await ProjectionNode.StartAsync(options: new ProjectionOptions { FeedCapacity = 2 });
        using var live = node.Runner.Feed.Subscribe();
        for (var i = 0; i < 5; i++) await node.AddAsync($"{i}", "x");
        await node.Kit.AdvanceAsync(Interval);

        var told = Texts(await live.ReadAsync(default)).ToList();
        told.Should().HaveCount(2);
        live.Dropped.Should().Be(3);
        told.Should().NotContain("sum/0=1");
    }

    [Fact]
    public async Task A_slow_subscriber_costs_the_others_nothing()
    {
        await using var node = await ProjectionNode.StartAsync(options: new ProjectionOptions { FeedCapacity = 2 });
        using var slow = node.Runner.Feed.Subscribe();
        using var quick = node.Runner.Feed.Subscribe();
        var told = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            await node.AddAsync($"{i}", "x");
            await node.Kit.AdvanceAsync(Interval);
            told.AddRange(Texts(await quick.ReadAsync(default)));
        }

        told.Should().HaveCount(5);
        quick.Dropped.Should().Be(0);
    }

    [Fact]
    public async Task Tells_nothing_of_a_version_that_readers_do_not_see()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.AddAsync("a", "two");
        await node.Kit.IdleAsync();
        node.Projections = [new Sums(version: 2, poison: "two", onPoison: PoisonPolicy.Halt)];
        await node.Kit.CrashAsync();
        using var live = node.Runner.Feed.Subscribe();
        await node.AddAsync("b", "three");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));

        live.ReadAsync(default).IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Ends_with_the_node()
    {
        var node = await ProjectionNode.StartAsync();
        using var live = node.Runner.Feed.Subscribe();
        var reading = live.ReadAsync(default);
        await node.DisposeAsync();

        (await reading).Should().BeEmpty();
    }

    private static IEnumerable<string> Texts(IReadOnlyList<LiveChange> changes) =>
        changes.Select(change => $"{change.Change.Key}={Encoding.UTF8.GetString(change.Change.Value)}");
}

using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors.Tests.Projections;

/// <summary>A new version is built while readers go on reading the old one.</summary>
public sealed class RebuildTests
{
    [Fact]
    public async Task Readers_see_the_old_rows_until_the_new_ones_have_caught_up()
    {
        await using var node = await ProjectionNode.StartAsync();
        for (var i = 0; i < 10; i++) await node.AddAsync($"{i % 3}", $"{i}");
        await node.Kit.IdleAsync();
        node.Projections = [new Sums(), new Sums(version: 2, poison: "5", onPoison: PoisonPolicy.Halt)];
        await node.Kit.CrashAsync();
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.SumAsync("0")).Should().Be("4", "version 2 stands still at an event and must not be shown");

        await node.AddAsync("0", "more");
        await node.Kit.IdleAsync();
        (await node.SumAsync("0")).Should().Be("5", "the old version goes on meanwhile");

        node.Projections = [new Sums(), new Sums(version: 2)];
        await node.Kit.CrashAsync();
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        (await node.SumAsync("0")).Should().Be("10", "version 2 counts double");
        await node.AddAsync("0", "last");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await node.SumAsync("0")).Should().Be("12");
        node.Kit.Events.OfType<KernelEvent.ProjectionActivated>().Should().ContainSingle().Which.Name.Should().Be("sums.v2");
        node.Kit.Events.OfType<KernelEvent.ProjectionSuperseded>().Should().ContainSingle().Which.Name.Should().Be("sums.v1");
    }

    [Fact]
    public async Task No_reader_ever_sees_an_older_or_an_empty_model_during_the_swap()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            await using var node = await ProjectionNode.StartAsync(seed);
            for (var i = 0; i < 30; i++) await node.AddAsync("a", $"{i}");
            await node.Kit.IdleAsync();
            node.Projections = [new Sums(), new Sums(version: 2)];
            await node.Kit.CrashAsync();

            // Version 1 counts 30, 31, …; version 2 60, 62, …: what readers see never falls.
            var last = 0;
            for (var i = 0; i < 30; i++)
            {
                await node.AddAsync("a", $"later {i}");
                var sum = int.Parse((await node.SumAsync("a"))!, System.Globalization.CultureInfo.InvariantCulture);
                sum.Should().BeGreaterThanOrEqualTo(last, "seed {0}", seed);
                last = sum;
                await node.Kit.AdvanceAsync(TimeSpan.FromMilliseconds(300));
            }

            (await node.SumAsync("a")).Should().Be("120");
        }
    }

    [Fact]
    public async Task An_older_build_does_not_touch_what_a_newer_one_has_made()
    {
        await using var node = await ProjectionNode.StartAsync(projections: new Sums(version: 2));
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();

        node.Projections = [new Sums(version: 1)];
        await node.Kit.CrashAsync();
        await node.AddAsync("a", "two");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));

        (await node.SumAsync("a")).Should().Be("2");
        node.Kit.Events.OfType<KernelEvent.ProjectionSuperseded>().Should().ContainSingle();
    }

    [Fact]
    public async Task A_reader_that_waits_during_the_rebuild_is_answered_by_the_version_readers_see()
    {
        await using var node = await ProjectionNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.IdleAsync();
        node.Projections = [new Sums(), new Sums(version: 2, poison: "one", onPoison: PoisonPolicy.Halt)];
        await node.Kit.CrashAsync();
        await node.AddAsync("a", "two");

        (await node.Kit.RunAsync(() => node.Runner.WaitUntilCurrentAsync("sums", LedgerNode.ShardOf("a"), TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(1)))
            .Should().BeTrue();
        (await node.SumAsync("a")).Should().Be("2");
    }
}

using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.TestKit;

public sealed class ManualTimeTests
{
    [Fact]
    public void Fires_timers_in_the_order_they_are_due_each_at_its_own_time()
    {
        var time = new ManualTime();
        var fired = new List<(string, double)>();
        using var late = time.CreateTimer(_ => fired.Add(("late", time.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var early = time.CreateTimer(_ => fired.Add(("early", time.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var often = time.CreateTimer(_ => fired.Add(("often", time.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1));

        time.Advance(TimeSpan.FromSeconds(3));

        fired.Should().Equal(("early", 1), ("often", 1.5), ("late", 2), ("often", 2.5));
        time.Elapsed.Should().Be(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Does_not_fire_what_was_changed_or_disposed()
    {
        var time = new ManualTime();
        var fired = 0;
        var disposed = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var moved = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        disposed.Dispose();
        moved.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);

        time.Advance(TimeSpan.FromSeconds(4));
        fired.Should().Be(0);
        time.Advance(TimeSpan.FromSeconds(1));
        fired.Should().Be(1);
    }

    [Fact]
    public void Keeps_its_monotonic_clock_when_the_wall_clock_jumps()
    {
        var time = new ManualTime();
        var start = time.GetTimestamp();
        var wall = time.GetUtcNow();

        time.JumpWallClock(TimeSpan.FromHours(-1));
        time.Advance(TimeSpan.FromSeconds(10));

        time.GetElapsedTime(start).Should().Be(TimeSpan.FromSeconds(10));
        (time.GetUtcNow() - wall).Should().Be(TimeSpan.FromSeconds(10) - TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Drives_delays_and_cancellation_of_the_base_library()
    {
        var time = new ManualTime();
        var delay = Task.Delay(TimeSpan.FromSeconds(1), time);
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);

        time.Advance(TimeSpan.FromSeconds(1));
        await delay.Bounded();
        source.IsCancellationRequested.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        source.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public void Draws_the_same_numbers_from_the_same_seed_for_ever()
    {
        var random = new SeededRandom(42);
        var drawn = new[] { random.Next(), random.Next(100), random.Fork(1).Next(100), random.Fork(2).Next(100) };

        drawn.Should().Equal(1592498451, 91, 98, 1);
        Enumerable.Range(0, 1000).Select(_ => random.NextDouble()).Should().OnlyContain(value => value >= 0 && value < 1);
    }
}

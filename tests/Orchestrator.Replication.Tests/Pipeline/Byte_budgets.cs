using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Replication.Tests.Pipeline;

public sealed class Byte_budgets
{
    [Fact]
    public async Task Credit_waits_for_bytes_and_serves_in_the_order_of_asking()
    {
        var credit = new ByteCredit(100);
        await credit.AcquireAsync(80);
        var large = credit.AcquireAsync(60).AsTask();
        var small = credit.AcquireAsync(10).AsTask();
        large.IsCompleted.Should().BeFalse();
        small.IsCompleted.Should().BeFalse("it must not starve the one before it");

        credit.Release(80);
        await large;
        await small;
        (credit.Held, credit.Peak).Should().Be((70, 80));
    }

    [Fact]
    public async Task Credit_lets_one_request_above_the_limit_through_alone()
    {
        var credit = new ByteCredit(10);
        await credit.AcquireAsync(1000);
        var next = credit.AcquireAsync(1).AsTask();
        next.IsCompleted.Should().BeFalse();
        credit.Release(1000);
        await next;
    }

    [Fact]
    public async Task Giving_up_waiting_frees_the_place_in_the_queue()
    {
        var credit = new ByteCredit(100);
        await credit.AcquireAsync(50);
        using var cancel = new CancellationTokenSource();
        var first = credit.AcquireAsync(90, cancel.Token).AsTask();
        var second = credit.AcquireAsync(40).AsTask();
        await cancel.CancelAsync();

        await second;
        await first.Invoking(waiting => waiting).Should().ThrowAsync<OperationCanceledException>();
        credit.Held.Should().Be(90);
    }

    [Fact]
    public async Task A_raised_limit_serves_who_waits()
    {
        var credit = new ByteCredit(10);
        await credit.AcquireAsync(10);
        var waiting = credit.AcquireAsync(10).AsTask();
        credit.Limit = 20;
        await waiting;
    }

    [Fact]
    public async Task The_rate_is_kept_on_average()
    {
        var time = new ManualTime();
        var limiter = new RateLimiter(1000, time);
        await limiter.WaitAsync(500, CancellationToken.None);
        var second = limiter.WaitAsync(1000, CancellationToken.None);
        var third = limiter.WaitAsync(1, CancellationToken.None);

        time.Advance(TimeSpan.FromMilliseconds(499));
        second.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await second;
        time.Advance(TimeSpan.FromMilliseconds(999));
        third.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await third;
    }
}

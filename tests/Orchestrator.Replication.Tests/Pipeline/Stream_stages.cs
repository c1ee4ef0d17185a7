using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Replication.Tests.Pipeline;

public sealed class Stream_stages
{
    [Fact]
    public async Task Keep_the_order_whatever_finishes_first()
    {
        var seen = new List<int>();
        await Numbers(200).Via(Flows.SelectAsync<int, int>(8, async (n, _) =>
        {
            for (var i = (n * 7) % 13; i > 0; i--)
            {
                await Task.Yield();
            }

            return n;
        })).To(Sinks.ForEach<int>(seen.Add)).RunAsync(CancellationToken.None);

        seen.Should().Equal(Enumerable.Range(0, 200));
    }

    [Fact]
    public async Task Run_as_many_elements_at_once_as_allowed_and_no_more()
    {
        var running = 0;
        var peak = 0;
        var all = new TaskCompletionSource();
        await Numbers(40).Via(Flows.SelectAsync<int, int>(4, async (n, _) =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref peak, now);
            if (now == 4)
            {
                all.TrySetResult();
            }

            await all.Task; // Only a fourth one at once lets them go on.
            Interlocked.Decrement(ref running);
            return n;
        })).To(Sinks.ForEach<int>(_ => { })).RunAsync(CancellationToken.None).WaitAsync(Conditions.Patience);

        peak.Should().Be(4);
    }

    [Fact]
    public async Task Hold_the_source_back_while_the_sink_stands_still()
    {
        var emitted = 0;
        var go = new TaskCompletionSource();
        var stream = Sources.From<int>(async (emit, _) =>
        {
            for (; emitted < 1000; emitted++)
            {
                await emit(emitted);
            }
        }).Via(Flows.SelectAsync<int, int>(2, (n, _) => Task.FromResult(n)))
          .Via(Flows.SelectAsync<int, int>(2, async (n, _) =>
          {
              await go.Task;
              return n;
          }));
        var run = stream.To(Sinks.ForEach<int>(_ => { })).RunAsync(CancellationToken.None);

        await Conditions.Eventually(() => Volatile.Read(ref emitted) >= 4, "the stages fill");
        for (var i = 0; i < 50; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            Volatile.Read(ref emitted).Should().BeLessThan(12);
        }

        go.SetResult();
        await run;
        emitted.Should().Be(1000);
    }

    [Fact]
    public async Task A_failure_stops_every_stage_and_is_thrown_once_all_have_ended()
    {
        var ended = 0;
        var stream = Sources.From<int>(async (emit, _) =>
        {
            try
            {
                for (var i = 0; ; i++)
                {
                    await emit(i);
                }
            }
            finally
            {
                ended++;
            }
        }).Via(Flows.SelectAsync<int, int>(3, async (n, stopping) =>
        {
            if (n == 5)
            {
                throw new InvalidDataException("five");
            }

            if (n > 5)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Increment(ref ended);
            }

            return n;
        }));

        var run = () => stream.To(Sinks.ForEach<int>(_ => { })).RunAsync(CancellationToken.None).WaitAsync(Conditions.Patience);

        (await run.Should().ThrowAsync<InvalidDataException>()).WithMessage("five");
        ended.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task Cancelling_ends_promptly()
    {
        using var stop = new CancellationTokenSource();
        var run = Sources.From<int>((_, stopping) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping))
            .To(Sinks.ForEach<int>(_ => { })).Beside(stopping => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping))
            .RunAsync(stop.Token);
        await stop.CancelAsync();

        var wait = () => run.WaitAsync(Conditions.Patience);
        await wait.Should().ThrowAsync<OperationCanceledException>();
    }

    private static Source<int> Numbers(int count) => Sources.From<int>(async (emit, _) =>
    {
        for (var i = 0; i < count; i++)
        {
            await emit(i);
        }
    });

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            seen = Interlocked.CompareExchange(ref target, value, seen) is var was && was == seen ? value : was;
        }
    }
}

using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>Makes flows.</summary>
public static class Flows
{
    /// <summary>
    /// Applies <paramref name="apply"/> to at most <paramref name="parallelism"/> elements at once; starts and emits in the order of arrival.
    /// </summary>
    public static Flow<TIn, TOut> SelectAsync<TIn, TOut>(int parallelism, Func<TIn, CancellationToken, Task<TOut>> apply) =>
        new((run, input) =>
        {
            var slots = new SemaphoreSlim(parallelism);
            var pending = Channel.CreateUnbounded<Task<TOut>>();
            var output = Channel.CreateBounded<TOut>(1);
            run.Start(() => BeginAsync(run, input, slots, pending.Writer, apply));
            run.Start(() => EmitAsync(run, pending.Reader, slots, output.Writer));
            return output.Reader;
        });

    private static async Task BeginAsync<TIn, TOut>(
        StreamRun run, ChannelReader<TIn> input, SemaphoreSlim slots, ChannelWriter<Task<TOut>> pending,
        Func<TIn, CancellationToken, Task<TOut>> apply)
    {
        try
        {
            await foreach (var element in input.ReadAllAsync(run.Stopping))
            {
                await slots.WaitAsync(run.Stopping);
                pending.TryWrite(apply(element, run.Stopping));
            }
        }
        finally
        {
            pending.TryComplete();
        }
    }

    private static async Task EmitAsync<TOut>(
        StreamRun run, ChannelReader<Task<TOut>> pending, SemaphoreSlim slots, ChannelWriter<TOut> output)
    {
        try
        {
            await foreach (var task in pending.ReadAllAsync(run.Stopping))
            {
                var result = await task;
                slots.Release();
                await output.WriteAsync(result, run.Stopping);
            }
        }
        catch
        {
            run.Cancel();
            throw;
        }
        finally
        {
            output.TryComplete();
            await SettleAsync(pending);
        }
    }

    // A stream that ended has nothing running behind its back: what was begun is waited for, its outcome no longer matters.
    private static async Task SettleAsync<TOut>(ChannelReader<Task<TOut>> pending)
    {
        await foreach (var task in pending.ReadAllAsync(CancellationToken.None))
        {
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

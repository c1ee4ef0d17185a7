using System.Threading.Channels;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>What one would write without actors: a task that reads a channel.</summary>
internal static class ChannelPeer
{
    private static readonly UnboundedChannelOptions OneReader = new() { SingleReader = true };

    public static async Task TellAsync(int count)
    {
        var channel = Channel.CreateUnbounded<int>(OneReader);
        var reading = Task.Run(() => CountDownAsync(channel.Reader, null));
        for (var left = count - 1; left >= 0; left--)
        {
            channel.Writer.TryWrite(left);
        }

        await reading;
    }

    public static Task PingPongAsync(int pairs, int turns) => Task.WhenAll(Enumerable.Range(0, pairs).Select(_ =>
    {
        var (one, two) = (Channel.CreateUnbounded<int>(OneReader), Channel.CreateUnbounded<int>(OneReader));
        var players = new[] { Task.Run(() => CountDownAsync(one.Reader, two.Writer)), Task.Run(() => CountDownAsync(two.Reader, one.Writer)) };
        one.Writer.TryWrite(2 * turns - 1);
        return Task.WhenAny(players);
    }));

    public static async Task AskAsync(int askers, int each)
    {
        var channel = Channel.CreateUnbounded<(int Value, TaskCompletionSource<int> Answer)>(OneReader);
        var answering = Task.Run(async () =>
        {
            await foreach (var (value, answer) in channel.Reader.ReadAllAsync())
            {
                answer.SetResult(value);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, askers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
                channel.Writer.TryWrite((i, answer));
                await answer.Task;
            }
        })));
        channel.Writer.Complete();
        await answering;
    }

    private static async Task CountDownAsync(ChannelReader<int> reader, ChannelWriter<int>? other)
    {
        while (await reader.ReadAsync() is > 0 and var left)
        {
            other?.TryWrite(left - 1);
        }
    }
}

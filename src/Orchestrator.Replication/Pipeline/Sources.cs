using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>Makes sources.</summary>
public static class Sources
{
    /// <summary>
    /// A source that runs <paramref name="produce"/> once and emits what it hands to its first argument, which completes when there is room.
    /// </summary>
    public static Source<T> From<T>(Func<Func<T, ValueTask>, CancellationToken, Task> produce) => new(run =>
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { SingleReader = true });
        run.Start(async () =>
        {
            try
            {
                await produce(element => channel.Writer.WriteAsync(element, run.Stopping), run.Stopping);
            }
            finally
            {
                channel.Writer.TryComplete();
            }
        });
        return channel.Reader;
    });
}

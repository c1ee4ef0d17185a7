using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>The end of a stream.</summary>
/// <typeparam name="T">The elements.</typeparam>
public sealed class Sink<T>
{
    internal Sink(Action<StreamRun, ChannelReader<T>> materialize) => Materialize = materialize;

    internal Action<StreamRun, ChannelReader<T>> Materialize { get; }
}

/// <summary>Makes sinks.</summary>
public static class Sinks
{
    /// <summary>Calls <paramref name="take"/> for each element, one at a time and in order.</summary>
    public static Sink<T> ForEach<T>(Action<T> take) => new((run, input) => run.Start(async () =>
    {
        await foreach (var element in input.ReadAllAsync(run.Stopping))
        {
            take(element);
        }
    }));
}

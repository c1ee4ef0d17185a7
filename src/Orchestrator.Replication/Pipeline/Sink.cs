using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>The end of a stream.</summary>
/// <typeparam name="T">The elements.</typeparam>
public sealed class Sink<T>
{
    internal Sink(Action<StreamRun, ChannelReader<T>> materialize) => Materialize = materialize;

    internal Action<StreamRun, ChannelReader<T>> Materialize { get; }
}

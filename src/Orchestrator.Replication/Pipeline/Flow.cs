using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>A stage of a stream, from elements to elements.</summary>
/// <typeparam name="TIn">What goes in.</typeparam>
/// <typeparam name="TOut">What comes out.</typeparam>
public sealed class Flow<TIn, TOut>
{
    internal Flow(Func<StreamRun, ChannelReader<TIn>, ChannelReader<TOut>> materialize) => Materialize = materialize;

    internal Func<StreamRun, ChannelReader<TIn>, ChannelReader<TOut>> Materialize { get; }
}

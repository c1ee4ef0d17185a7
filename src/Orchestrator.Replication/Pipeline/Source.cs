using System.Threading.Channels;

namespace Orchestrator.Replication.Pipeline;

/// <summary>The start of a stream: a description that does nothing until <see cref="RunnableGraph.RunAsync"/>.</summary>
/// <remarks>
/// The words are those of Akka.Streams. A stage never runs ahead of its successor by more than its own parallelism and one element; what
/// an element weighs in bytes is bounded by a <see cref="ByteCredit"/> that the elements carry. The first failure of any stage cancels all.
/// </remarks>
/// <typeparam name="T">The elements.</typeparam>
public sealed class Source<T>
{
    private readonly Func<StreamRun, ChannelReader<T>> _materialize;

    internal Source(Func<StreamRun, ChannelReader<T>> materialize) => _materialize = materialize;

    /// <summary>Attaches a stage.</summary>
    public Source<TOut> Via<TOut>(Flow<T, TOut> flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return new Source<TOut>(run => flow.Materialize(run, _materialize(run)));
    }

    /// <summary>Attaches the end.</summary>
    public RunnableGraph To(Sink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return new RunnableGraph(run => sink.Materialize(run, _materialize(run)));
    }
}

namespace Orchestrator.Replication.Pipeline;

/// <summary>A complete stream, from a source to a sink.</summary>
public sealed class RunnableGraph
{
    private readonly Action<StreamRun> _materialize;

    internal RunnableGraph(Action<StreamRun> materialize) => _materialize = materialize;

    /// <summary>Adds work that runs beside the stages and ends with them: by failing, or when any of them does.</summary>
    public RunnableGraph Beside(Func<CancellationToken, Task> work) => new(run =>
    {
        _materialize(run);
        run.Start(() => work(run.Stopping));
    });

    /// <summary>
    /// Runs the stream until its source ends, a stage fails (that error is thrown), or it is cancelled. When this completes no stage runs any more.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var run = new StreamRun(cancellation);
        _materialize(run);
        await run.CompleteAsync();
        cancellation.ThrowIfCancellationRequested();
    }
}

using System.Runtime.ExceptionServices;

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

/// <summary>The stages of one running stream and its kill switch.</summary>
internal sealed class StreamRun : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly List<Task> _stages = [];
    private ExceptionDispatchInfo? _failure;

    internal StreamRun(CancellationToken cancellation) =>
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    internal CancellationToken Stopping => _stop.Token;

    public void Dispose() => _stop.Dispose();

    internal void Cancel() => _stop.Cancel();

    internal void Start(Func<Task> stage) => _stages.Add(Task.Run(() => GuardAsync(stage)));

    internal async Task CompleteAsync()
    {
        await Task.WhenAll(_stages);
        _failure?.Throw();
    }

    private async Task GuardAsync(Func<Task> stage)
    {
        try
        {
            await stage();
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Another stage failed, or the caller stopped the stream; either is reported once.
        }
        catch (Exception cause)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(cause), null);
            Cancel();
        }
    }
}

using System.Runtime.ExceptionServices;

namespace Orchestrator.Replication.Pipeline;

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

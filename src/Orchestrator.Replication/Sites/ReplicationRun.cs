using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Sites;

/// <summary>One run of replication out of a source: a session, the link it goes over and the task it runs in.</summary>
internal sealed class ReplicationRun : IAsyncDisposable
{
    private readonly ReplicationSession _session;
    private readonly HttpReplicaLink _link;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;
    private ReplicationException? _unexpected;

    public ReplicationRun(ReplicationRequest request, ReplicationSession session, HttpReplicaLink link)
    {
        Request = request;
        _session = session;
        _link = link;
        _task = RunAsync();
    }

    public ReplicationRequest Request { get; }

    public ReplicationStatus Status => _session.Status;

    /// <summary>Whether only a resync can go on, and why.</summary>
    public CaptureLoss? Loss => Status is { NeedsResync: true, LastError: { } error }
        ? new CaptureLoss(error.Code ?? ErrorCodes.TargetFailed, error.Message) : null;

    public ReplicationProgress Progress(long rawBefore, long sentBefore)
    {
        var status = Status;
        var fault = _unexpected is { } failure ? new ReplicationFault(failure.Code, failure.Message, failure.IsTransient)
            : status.LastError is { } error ? new ReplicationFault(error.Code ?? ErrorCodes.TargetFailed, error.Message, error.IsTransient)
            : null;
        return new ReplicationProgress(
            Request.Mode, Request.Generation, !_task.IsCompleted, status.Phase == ReplicationPhase.Delta,
            status.BytesTotal, status.BytesDone, rawBefore + status.RawBytes, sentBefore + status.SentBytes, status.BacklogBytes, fault)
        {
            RecoverableAsOf = status.RecoverableAsOf,
        };
    }

    public Task DrainAsync(EpochMark mark, CancellationToken cancellation) => _session.DrainAsync(mark, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _link.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await _session.RunAsync(_stop.Token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            _unexpected = new ReplicationException(ErrorCodes.TargetFailed, $"Replication ended: {error.Message}", isTransient: true, error);
        }
        catch (Exception)
        {
            // The session's status tells it, whatever it is; thrown on, it would come out of stopping the run.
        }
    }
}

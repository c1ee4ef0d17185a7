namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>A message given to a connection, until its outcome is known and the receiver is done with it.</summary>
internal sealed class PendingMessage(BusMessage message, bool isAsk, TimeSpan timeout, TimeSpan deadline, ShardLane lane)
    : TaskCompletionSource<BusOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _cancellation;

    public BusMessage Message => message;

    public bool IsAsk => isAsk;

    public TimeSpan Timeout => timeout;

    public TimeSpan Deadline => deadline;

    public ShardLane Lane => lane;

    public int Cost { get; } = message.Cost;

    public bool IsDone => Task.IsCompleted;

    /// <summary>The neighbours in the lane, while waiting.</summary>
    public PendingMessage? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public PendingMessage? Previous { get; set; }

    /// <summary>Whether it stands in its lane.</summary>
    public bool IsWaiting { get; set; }

    public void Watch(Action<PendingMessage, CancellationToken> cancel, CancellationToken token)
    {
        _cancellation = token.UnsafeRegister((state, canceled) => cancel((PendingMessage)state!, canceled), this);
        if (IsDone) _cancellation.Unregister();
    }

    /// <summary>Ends the caller's wait; the first outcome counts.</summary>
    public void End(BusOutcome outcome)
    {
        if (TrySetResult(outcome)) _cancellation.Unregister();
    }
}

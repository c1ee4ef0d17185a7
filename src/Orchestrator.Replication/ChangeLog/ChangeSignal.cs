namespace Orchestrator.Replication.ChangeLog;

/// <summary>Wakes those who wait for the next change; costs one read while nobody waits.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Wakes everybody. What they wait for was written with a full fence before.</summary>
    public void Set()
    {
        if (Volatile.Read(ref _waiting) is not null)
        {
            Interlocked.Exchange(ref _waiting, null)?.TrySetResult();
        }
    }

    /// <summary>Completes at the next <see cref="Set"/>. Take it first, look second, wait third.</summary>
    public Task Next()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _waiting, mine, null) ?? mine).Task;
    }
}

namespace Orchestrator.Actors.Mailbox;

/// <summary>Runs turns on the .NET thread pool.</summary>
public sealed class ThreadPoolDispatcher : IDispatcher
{
    /// <summary>The one instance needed: it has no state.</summary>
    public static ThreadPoolDispatcher Instance { get; } = new();

    /// <inheritdoc />
    /// <remarks>Local first: the woken actor usually finds the message still in the cache of the core that sent it.</remarks>
    public void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);
}

namespace Orchestrator.Actors.Mailbox;

/// <summary>Runs turns on the .NET thread pool.</summary>
public sealed class ThreadPoolDispatcher : IDispatcher
{
    /// <summary>The one instance needed: it has no state.</summary>
    public static ThreadPoolDispatcher Instance { get; } = new();

    /// <inheritdoc />
    /// <remarks>Local first: the woken actor usually finds the message still in the cache of the core that sent it.</remarks>
    public void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);

    /// <inheritdoc />
    /// <remarks>Through the global queue: a worker takes its local items last in, first out, so the item would only meet itself there.</remarks>
    public void ScheduleLast(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}

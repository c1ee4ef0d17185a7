namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Keeps what happened, and lets a test wait for it instead of for time.</summary>
internal sealed class AwaitableLog<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _items = [];
    private readonly List<(Func<IReadOnlyList<T>, bool> IsMet, TaskCompletionSource Completion)> _waiters = [];

    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_gate) return [.. _items];
        }
    }

    public void Add(T item)
    {
        TaskCompletionSource[] met;
        lock (_gate)
        {
            _items.Add(item);
            met = [.. _waiters.Where(waiter => waiter.IsMet(_items)).Select(waiter => waiter.Completion)];
            _waiters.RemoveAll(waiter => met.Contains(waiter.Completion));
        }

        Array.ForEach(met, completion => completion.SetResult());
    }

    public Task UntilAsync(Func<IReadOnlyList<T>, bool> isMet)
    {
        lock (_gate)
        {
            if (isMet(_items)) return Task.CompletedTask;
            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((isMet, completion));
            return completion.Task;
        }
    }

    public Task CountAsync(int count) => UntilAsync(items => items.Count >= count);

    public async Task<TItem> FirstAsync<TItem>(Func<TItem, bool>? isIt = null)
        where TItem : T
    {
        await UntilAsync(items => items.OfType<TItem>().Any(isIt ?? (_ => true)));
        return Items.OfType<TItem>().First(isIt ?? (_ => true));
    }
}

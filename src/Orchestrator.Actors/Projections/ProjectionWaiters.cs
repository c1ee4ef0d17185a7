namespace Orchestrator.Actors.Projections;

/// <summary>Those who wait until a read model has reached a position.</summary>
internal sealed class ProjectionWaiters(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, int ShardId), long> _reached = [];
    private readonly List<Waiter> _waiting = [];
    private bool _isStopped;

    public async Task<bool> WaitAsync(string name, int shardId, long position, TimeSpan patience)
    {
        var waiter = new Waiter(name, shardId, position);
        lock (_gate)
        {
            if (_isStopped || _reached.GetValueOrDefault((name, shardId)) >= position)
                return !_isStopped;

            _waiting.Add(waiter);
        }

        await using var deadline = time.CreateTimer(_ => End(waiter), null, patience, Timeout.InfiniteTimeSpan);
        return await waiter.Result.Task;
    }

    public void Reached(string name, int shardId, long position)
    {
        lock (_gate)
        {
            _reached[(name, shardId)] = position;
            foreach (var waiter in _waiting.FindAll(one => one.Name == name && one.ShardId == shardId && one.Position <= position))
                Complete(waiter, true);
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (var waiter in _waiting.ToList())
                Complete(waiter, false);
        }
    }

    private void End(Waiter waiter)
    {
        lock (_gate)
            Complete(waiter, false);
    }

    private void Complete(Waiter waiter, bool result)
    {
        _waiting.Remove(waiter);
        waiter.Result.TrySetResult(result);
    }

    private sealed record Waiter(string Name, int ShardId, long Position)
    {
        public TaskCompletionSource<bool> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

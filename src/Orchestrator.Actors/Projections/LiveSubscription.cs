using System.Threading.Channels;

namespace Orchestrator.Actors.Projections;

/// <summary>What one subscriber has not read yet; when it is full the oldest changes go, and are counted.</summary>
public sealed class LiveSubscription : IDisposable
{
    private readonly Channel<LiveChange> _waiting;
    private readonly Action<LiveSubscription> _leave;
    private long _dropped;

    internal LiveSubscription(int capacity, Action<LiveSubscription> leave)
    {
        _leave = leave;
        var options = new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true };
        _waiting = Channel.CreateBounded<LiveChange>(options, _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>How many changes were dropped because the subscriber was too slow: it should look at the rows themselves.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Waits for changes and takes all there are, in order; empty once the feed has ended.</summary>
    public async Task<IReadOnlyList<LiveChange>> ReadAsync(CancellationToken cancellation)
    {
        if (!await _waiting.Reader.WaitToReadAsync(cancellation))
            return [];

        var changes = new List<LiveChange>();
        while (_waiting.Reader.TryRead(out var change))
            changes.Add(change);

        return changes;
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _leave(this);
        Complete();
    }

    internal void Offer(LiveChange change) => _waiting.Writer.TryWrite(change);

    internal void Complete() => _waiting.Writer.TryComplete();
}

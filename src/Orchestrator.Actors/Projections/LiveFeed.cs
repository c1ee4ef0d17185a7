namespace Orchestrator.Actors.Projections;

/// <summary>Gathers changes for an interval, keeps the last one of each row, and tells them in the order they came last.</summary>
internal sealed class LiveFeed : ILiveFeed
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly TimeSpan _interval;
    private readonly int _capacity;
    private readonly List<LiveSubscription> _subscribers = [];
    private readonly Dictionary<(string Projection, string Key), (long Order, LiveChange Change)> _gathered = [];
    private long _order;
    private bool _isArmed;
    private bool _isStopped;

    public LiveFeed(TimeProvider time, TimeSpan interval, int capacity)
    {
        (_interval, _capacity) = (interval, capacity);
        _timer = time.CreateTimer(static feed => ((LiveFeed)feed!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public LiveSubscription Subscribe()
    {
        var subscription = new LiveSubscription(_capacity, Leave);
        lock (_gate)
        {
            if (_isStopped)
                subscription.Complete();
            else
                _subscribers.Add(subscription);
        }

        return subscription;
    }

    public void Publish(string projection, IReadOnlyList<RowChange> changes)
    {
        lock (_gate)
        {
            if (_subscribers.Count == 0 || _isStopped || changes.Count == 0)
                return;

            foreach (var change in changes)
                Gather(projection, change);

            if (_isArmed)
                return;

            _isArmed = true;
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (var subscriber in _subscribers)
                subscriber.Complete();
        }

        _timer.Dispose();
    }

    private void Gather(string projection, RowChange change)
    {
        if (change.Kind == RowChangeKind.DeletePrefix)
        {
            foreach (var known in _gathered.Keys.Where(known =>
                known.Projection == projection && known.Key.StartsWith(change.Key, StringComparison.Ordinal)).ToList())
                _gathered.Remove(known);
        }

        // A prefix is no row: the two must not replace each other.
        var key = change.Kind == RowChangeKind.DeletePrefix ? change.Key + ProjectionRules.BehindAll : change.Key;
        _gathered[(projection, key)] = (++_order, new LiveChange(projection, change));
    }

    private void Tell()
    {
        lock (_gate)
        {
            _isArmed = false;
            foreach (var (_, change) in _gathered.Values.OrderBy(entry => entry.Order))
            {
                foreach (var subscriber in _subscribers)
                    subscriber.Offer(change);
            }

            _gathered.Clear();
        }
    }

    private void Leave(LiveSubscription subscription)
    {
        lock (_gate)
            _subscribers.Remove(subscription);
    }
}

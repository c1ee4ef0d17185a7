using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors.Cells;

/// <summary>The in-memory timers of one incarnation, by key.</summary>
/// <remarks>A tick is known by identity: one that was replaced or cancelled while it waited in the mailbox is dropped on receipt.</remarks>
internal sealed class TurnTimers<T>(TimeProvider time, ScheduledMailbox<T> mailbox)
{
    private Dictionary<string, Tick>? _ticks;

    public void Start(string key, TimeSpan delay, T message)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Cancel(key);
        var tick = new Tick(key, message, mailbox);
        (_ticks ??= new Dictionary<string, Tick>(StringComparer.Ordinal)).Add(key, tick);
        tick.Arm(time, delay);
    }

    public void Cancel(string key)
    {
        if (_ticks is not null && _ticks.Remove(key, out var tick))
            tick.Dispose();
    }

    public void CancelAll()
    {
        foreach (var tick in _ticks?.Values ?? Enumerable.Empty<Tick>())
            tick.Dispose();

        _ticks = null;
    }

    /// <summary>Whether the message may be handled; consumes the tick it came from.</summary>
    public bool Accepts(object? origin)
    {
        if (origin is not Tick tick)
            return true;

        if (_ticks is null || !_ticks.TryGetValue(tick.Key, out var current) || !ReferenceEquals(current, tick))
            return false;

        Cancel(tick.Key);
        return true;
    }

    private sealed class Tick(string key, T message, ScheduledMailbox<T> mailbox) : IDisposable
    {
        private ITimer? _timer;

        public string Key { get; } = key;

        public void Arm(TimeProvider time, TimeSpan delay) =>
            _timer = time.CreateTimer(static state => ((Tick)state!).Fire(), this, delay, Timeout.InfiniteTimeSpan);

        public void Dispose() => _timer?.Dispose();

        private void Fire() => mailbox.EnqueueBeyondLimit(new Envelope<T>(message, null, this));
    }
}

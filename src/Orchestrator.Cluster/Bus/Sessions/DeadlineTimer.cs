namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>One timer for the deadlines of all messages of a connection: set to the earliest, moved on when it fires.</summary>
/// <remarks>With a timer each, timers cost more than messages at hundreds of thousands of asks a second.</remarks>
internal sealed class DeadlineTimer
{
    private readonly Lock _gate = new();
    private readonly BusClock _clock;
    private readonly Func<TimeSpan, TimeSpan?> _expire;
    private readonly ITimer _timer;
    private TimeSpan? _set;

    /// <summary>Creates the timer.</summary>
    /// <param name="clock">The time.</param>
    /// <param name="expire">Ends what is due at a time; returns the earliest deadline left. Called on the timer.</param>
    public DeadlineTimer(BusClock clock, Func<TimeSpan, TimeSpan?> expire)
    {
        _clock = clock;
        _expire = expire;
        _timer = clock.Time.CreateTimer(
            static state => ((DeadlineTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Makes sure the timer fires for a deadline.</summary>
    public void Watch(TimeSpan deadline)
    {
        lock (_gate)
        {
            if (_set <= deadline) return;
            _set = deadline;
            // Timers count milliseconds: one that fires a little early would fire again and again.
            var delay = deadline - _clock.Now;
            _timer.Change(delay > Least ? delay : Least, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Never fires again.</summary>
    public void Stop() => _timer.Dispose();

    private static TimeSpan Least { get; } = TimeSpan.FromMilliseconds(1);

    private void Fire()
    {
        lock (_gate) _set = null;
        if (_expire(_clock.Now) is { } next) Watch(next);
    }
}

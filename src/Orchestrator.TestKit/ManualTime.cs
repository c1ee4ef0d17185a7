namespace Orchestrator.TestKit;

/// <summary>Time that stands still until told to move. Timers and the monotonic clock follow; the wall clock may also jump.</summary>
/// <remarks>One test owns it. Timers fire in the order they are due; those due together, in the order they were set.</remarks>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ManualTimer, (long Due, long Order)> _timers = new();
    private DateTimeOffset _epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _elapsed;
    private long _order;

    /// <summary>What has passed since the start, on the monotonic clock.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _elapsed));

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc />
    public override long GetTimestamp() => Volatile.Read(ref _elapsed);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _epoch.AddTicks(_elapsed);
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the wall clock alone, as an operator or a time server would; timers do not notice.</summary>
    public void JumpWallClock(TimeSpan by)
    {
        lock (_gate)
            _epoch += by;
    }

    /// <summary>Moves time on and fires what comes due on the way, each at its own time, on the calling thread.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = Elapsed + by;
        while (TryFireNext(target))
        {
        }

        MoveTo(target);
    }

    /// <summary>Moves to the next timer due at or before <paramref name="limit"/> and fires it.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryFireNext(TimeSpan limit)
    {
        ManualTimer? due;
        lock (_gate)
        {
            due = TakeNext(limit.Ticks);
        }

        due?.Fire();
        return due is not null;
    }

    /// <summary>Moves to a time, not back, without firing anything.</summary>
    public void MoveTo(TimeSpan elapsed)
    {
        lock (_gate)
            _elapsed = Math.Max(_elapsed, elapsed.Ticks);
    }

    /// <summary>Forgets every timer, as a crash of the process does.</summary>
    public void DropTimers()
    {
        lock (_gate)
            _timers.Clear();
    }

    private ManualTimer? TakeNext(long limit)
    {
        while (_timers.TryPeek(out var timer, out var key) && key.Due <= limit)
        {
            _timers.Dequeue();
            if (timer.Order != key.Order)
                continue;

            _elapsed = Math.Max(_elapsed, key.Due);
            timer.Order = 0;
            if (timer.Period > TimeSpan.Zero)
                Enqueue(timer, timer.Period);

            return timer;
        }

        return null;
    }

    private void Enqueue(ManualTimer timer, TimeSpan delay)
    {
        timer.Order = ++_order;
        _timers.Enqueue(timer, (_elapsed + Math.Max(0, delay.Ticks), timer.Order));
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        /// <summary>The valid place in the queue; 0 when not set.</summary>
        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (_isDisposed)
                    return false;

                Period = period;
                Order = 0;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    time.Enqueue(this, dueTime);

                return true;
            }
        }

        public void Dispose()
        {
            Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (time._gate)
                _isDisposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

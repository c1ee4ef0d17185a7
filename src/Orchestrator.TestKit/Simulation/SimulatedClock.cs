namespace Orchestrator.TestKit.Simulation;

/// <summary>The clock of one node: it may go fast or slow, and its wall clock may be off and jump.</summary>
/// <remarks>Its timers belong to the life of the node in which they were set; a frozen node gets what came due when it goes on.</remarks>
public sealed class SimulatedClock : TimeProvider
{
    private readonly ManualTime _world;
    private readonly Func<NodeProcess> _process;
    private readonly DateTimeOffset _start;
    private long _worldBase;
    private long _localBase;
    private TimeSpan _offset;

    internal SimulatedClock(ManualTime world, Func<NodeProcess> process)
    {
        _world = world;
        _process = process;
        _start = world.GetUtcNow() - world.Elapsed;
    }

    /// <summary>Local seconds per second of the world.</summary>
    public double Rate { get; private set; } = 1;

    /// <summary>How far the wall clock is off what the monotonic clock says.</summary>
    public TimeSpan Offset => _offset;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc />
    public override long GetTimestamp() => _localBase + (long)((_world.Elapsed.Ticks - _worldBase) * Rate);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp()) + _offset;

    /// <summary>Sets how fast the clock goes from now on; timers that are set keep their instant.</summary>
    public void SetRate(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        (_localBase, _worldBase) = (GetTimestamp(), _world.Elapsed.Ticks);
        Rate = rate;
    }

    /// <summary>Moves the wall clock alone, as an operator or a time server would.</summary>
    public void Jump(TimeSpan by) => _offset += by;

    /// <summary>Sets the clock right, wall and rate.</summary>
    public void Mend()
    {
        SetRate(1);
        _offset = TimeSpan.FromTicks(_world.Elapsed.Ticks - GetTimestamp());
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new NodeTimer(this, _process(), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private TimeSpan ToWorld(TimeSpan local) =>
        local == Timeout.InfiniteTimeSpan ? local : TimeSpan.FromTicks((long)Math.Ceiling(local.Ticks / Rate));

    private sealed class NodeTimer : ITimer
    {
        private readonly SimulatedClock _clock;
        private readonly NodeProcess _process;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private bool _isPending;

        public NodeTimer(SimulatedClock clock, NodeProcess process, TimerCallback callback, object? state)
        {
            (_clock, _process, _callback, _state) = (clock, process, callback, state);
            _inner = clock._world.CreateTimer(static timer => ((NodeTimer)timer!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _inner.Change(_clock.ToWorld(dueTime), _clock.ToWorld(period));

        public void Dispose() => _inner.Dispose();

        public ValueTask DisposeAsync() => _inner.DisposeAsync();

        private void Due()
        {
            if (!_process.IsAlive)
            {
                _inner.Dispose();
                return;
            }

            // Ticks missed by a process that stands still come as one, as those of the runtime do.
            if (_isPending)
                return;

            _isPending = true;
            _process.Post(static timer => ((NodeTimer)timer!).Fire(), this);
        }

        private void Fire()
        {
            _isPending = false;
            _callback(_state);
        }
    }
}

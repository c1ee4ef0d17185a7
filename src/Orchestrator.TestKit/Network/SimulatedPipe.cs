namespace Orchestrator.TestKit.Network;

/// <summary>One direction of one connection: things on their way, each with the time it arrives.</summary>
internal sealed class SimulatedPipe
{
    private readonly Lock _gate = new();
    private readonly SimulatedNetwork _network;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _underWay = new();
    private readonly long _start;
    private readonly ITimer _timer;
    private TimeSpan _last;
    private long _order;
    private bool _isDelivering;

    public SimulatedPipe(SimulatedNetwork network, string from, string to)
    {
        (_network, From, To) = (network, from, to);
        _start = network.Time.GetTimestamp();
        _timer = network.Time.CreateTimer(
            static state => ((SimulatedPipe)state!).Deliver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string From { get; }

    public string To { get; }

    public bool IsClosed { get; private set; }

    private TimeSpan Now => _network.Time.GetElapsedTime(_start);

    /// <summary>Sends what may be lost or copied.</summary>
    public void SendFrame(Action arrive)
    {
        var faults = _network.FaultsOf(From, To);
        if (faults.Drop > 0 && _network.Draw() < faults.Drop) return;
        Enqueue(arrive, faults);
        if (faults.Duplicate > 0 && _network.Draw() < faults.Duplicate) Enqueue(arrive, faults);
    }

    /// <summary>Sends what belongs to the connection itself: after everything sent before, and never lost.</summary>
    public void SendMark(Action arrive) => Enqueue(arrive, _network.FaultsOf(From, To) with { Reorder = false });

    /// <summary>Forgets what is under way.</summary>
    public void Close()
    {
        lock (_gate)
        {
            IsClosed = true;
            _underWay.Clear();
        }

        _timer.Dispose();
    }

    /// <summary>Looks again after a cut has healed.</summary>
    public void Reschedule()
    {
        lock (_gate) SetTimer();
    }

    private void Enqueue(Action arrive, LinkFaults faults)
    {
        lock (_gate)
        {
            if (IsClosed) return;
            var at = Now + _network.DrawDelay(faults);
            if (!faults.Reorder && at < _last) at = _last;
            if (at > _last) _last = at;
            _underWay.Enqueue(arrive, (at, ++_order));
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (_isDelivering || !_underWay.TryPeek(out _, out var next) || _network.FaultsOf(From, To).IsCut) return;
        // A real timer counts milliseconds; one that fires early sets itself again.
        var delay = next.At - Now;
        _timer.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // One delivers at a time, also when the timers are real ones: the order is part of what a stream promises.
    private void Deliver()
    {
        lock (_gate)
        {
            if (_isDelivering) return;
            _isDelivering = true;
        }

        while (TakeDue() is { } arrive) arrive();
    }

    private Action? TakeDue()
    {
        lock (_gate)
        {
            var isDue = _underWay.TryPeek(out _, out var next) && next.At <= Now && !_network.FaultsOf(From, To).IsCut;
            if (isDue) return _underWay.Dequeue();
            _isDelivering = false;
            SetTimer();
            return null;
        }
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Asks the peer for signs of life and notices when they stay away.</summary>
/// <remarks>Above the pings of HTTP/2, which a proxy would answer and which do not follow virtual time.</remarks>
internal sealed class KeepAlive
{
    private readonly Lock _gate = new();
    private readonly BusOptions _options;
    private readonly BusClock _clock;
    private readonly Func<BusFault?>? _check;
    private readonly IFrameWire _wire;
    private readonly string _peer;
    private readonly ITimer _timer;
    private TimeSpan _heard;
    private ulong _pings;
    private bool _isPingDue;
    private ulong? _pong;

    /// <summary>Starts to watch.</summary>
    /// <param name="options">Interval and limit.</param>
    /// <param name="clock">The time.</param>
    /// <param name="wire">What is broken when the peer is silent.</param>
    /// <param name="peer">The peer in messages.</param>
    /// <param name="check">Another reason to break the wire, asked with each ping.</param>
    public KeepAlive(BusOptions options, BusClock clock, IFrameWire wire, string peer, Func<BusFault?>? check = null)
    {
        (_options, _clock, _wire, _peer, _check) = (options, clock, wire, peer, check);
        _heard = clock.Now;
        _timer = clock.Time.CreateTimer(
            static state => ((KeepAlive)state!).Tick(), this, options.PingInterval, options.PingInterval);
    }

    /// <summary>A frame has arrived.</summary>
    public void Heard(BusFrame frame)
    {
        lock (_gate)
        {
            _heard = _clock.Now;
            if (frame is BusFrame.Ping ping) _pong = ping.Number; // Only the last is answered: a flood of pings takes no memory.
        }
    }

    /// <summary>The ping or pong that is due.</summary>
    public bool TryTake([NotNullWhen(true)] out BusFrame? frame)
    {
        lock (_gate)
        {
            frame = _pong is { } number ? new BusFrame.Pong(number) : _isPingDue ? new BusFrame.Ping(++_pings) : null;
            if (_pong is not null) _pong = null;
            else _isPingDue = false;
            return frame is not null;
        }
    }

    /// <summary>Ends the watch.</summary>
    public void Stop() => _timer.Dispose();

    private void Tick()
    {
        TimeSpan silence;
        lock (_gate)
        {
            silence = _clock.Now - _heard;
            _isPingDue = true;
        }

        var fault = silence >= _options.SilenceLimit ? Silent(silence) : _check?.Invoke();
        if (fault is null) _wire.Wake();
        else _wire.Break(fault);
    }

    private BusFault Silent(TimeSpan silence) => new(
        ClusterErrorCodes.PeerSilent,
        $"Nothing was heard from {_peer} for {silence.TotalSeconds:0.#} s. Check that node and the network in between.",
        IsTransient: true);
}

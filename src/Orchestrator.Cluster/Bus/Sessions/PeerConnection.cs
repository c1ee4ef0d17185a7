namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Keeps one connection to a peer: a session per attempt, a pause with jitter between them.</summary>
internal sealed class PeerConnection : IPeerConnection
{
    private readonly Lock _gate = new();
    private readonly IBusDialer _dialer;
    private readonly BusOptions _options;
    private readonly BusClock _clock;
    private readonly Random _random;
    private readonly Action<BusEvent>? _observe;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _run;
    private OutboundSession? _session;
    private TimeSpan _retryAt;
    private bool _isOpen;
    private bool _isClosed;

    public PeerConnection(PeerAddress address, IBusDialer dialer, BusOptions options, TimeProvider time, Random random, Action<BusEvent>? observe)
    {
        Address = address;
        _dialer = dialer;
        _options = options;
        _clock = new BusClock(time);
        _random = random;
        _observe = observe;
        _session = new OutboundSession(address.ToString(), options, time);
        _run = RunAsync();
    }

    /// <inheritdoc/>
    public PeerAddress Address { get; }

    /// <inheritdoc/>
    public PeerIdentity? Peer { get; private set; }

    /// <inheritdoc/>
    public BusFault? LastFault { get; private set; }

    /// <inheritdoc/>
    public PeerState State
    {
        get
        {
            lock (_gate)
            {
                return _isClosed ? PeerState.Closed
                    : _session is null ? PeerState.BackingOff
                    : !_isOpen ? PeerState.Connecting
                    : _session.IsDraining ? PeerState.Draining : PeerState.Open;
            }
        }
    }

    /// <inheritdoc/>
    public Task<BusOutcome> AskAsync(BusMessage message, TimeSpan timeout, CancellationToken cancellation = default) =>
        SendAsync(message, isAsk: true, timeout, cancellation);

    /// <inheritdoc/>
    public Task<BusOutcome> TellAsync(BusMessage message, TimeSpan timeout, CancellationToken cancellation = default) =>
        SendAsync(message, isAsk: false, timeout, cancellation);

    /// <inheritdoc/>
    public async Task CloseAsync()
    {
        var open = BeginClose();
        var closed = SessionFaults.Closed(Address.ToString());
        await using var limit = _clock.Time.CreateTimer(
            _ => open?.Break(closed), null, _options.DrainLimit, Timeout.InfiniteTimeSpan);
        await _run;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(CloseAsync());

    private OutboundSession? BeginClose()
    {
        OutboundSession? open;
        lock (_gate)
        {
            _isClosed = true;
            open = _isOpen ? _session : null;
        }

        if (open is null) _closing.Cancel();
        else open.Close();
        return open;
    }

    private Task<BusOutcome> SendAsync(BusMessage message, bool isAsk, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Problem is { } problem) throw new ArgumentException($"The message cannot be sent: {problem}.", nameof(message));
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<BusOutcome>(cancellation);
        OutboundSession? session;
        lock (_gate)
        {
            if (_isClosed) return Task.FromResult<BusOutcome>(SessionFaults.NotSent(SessionFaults.Closed(Address.ToString()), TimeSpan.Zero));
            session = _session;
        }

        return session?.Submit(message, isAsk, timeout, cancellation)
            ?? Task.FromResult<BusOutcome>(SessionFaults.NotSent(LastFault!, Until(_retryAt)));
    }

    private async Task RunAsync()
    {
        for (var failures = 0; ; failures++)
        {
            var (fault, stoodFor) = await RunOnceAsync(_session!);
            if (stoodFor >= _options.BackoffMax) failures = 0;
            var pause = PauseAfter(failures);
            if (!BackOff(fault, pause)) return;
            _observe?.Invoke(new BusEvent.Disconnected(Address, fault, pause));
            try
            {
                await Task.Delay(pause, _clock.Time, _closing.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            lock (_gate)
            {
                if (_isClosed) return;
                _session = new OutboundSession(Address.ToString(), _options, _clock.Time);
            }
        }
    }

    /// <summary>Connects, and stays connected as long as it lasts; returns why it ended and how long it stood.</summary>
    private async Task<(BusFault Fault, TimeSpan StoodFor)> RunOnceAsync(OutboundSession session)
    {
        try
        {
            var link = await _dialer.DialAsync(Address, _closing.Token);
            var since = _clock.Now;
            Opened(session, link);
            return (await session.Ended, _clock.Now - since);
        }
        catch (BusException error)
        {
            return (error.Fault, TimeSpan.Zero);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return (SessionFaults.Closed(Address.ToString()), TimeSpan.Zero);
        }
    }

    private void Opened(OutboundSession session, PeerLink link)
    {
        bool isClosed;
        lock (_gate)
        {
            Peer = link.Peer;
            _isOpen = true;
            isClosed = _isClosed;
        }

        session.Open(link);
        if (isClosed) session.Close();
        else _observe?.Invoke(new BusEvent.Connected(link.Peer));
    }

    /// <summary>Ends the session; false when there is to be no other.</summary>
    private bool BackOff(BusFault fault, TimeSpan pause)
    {
        OutboundSession session;
        bool isClosed;
        lock (_gate)
        {
            session = _session!;
            _session = null;
            _isOpen = false;
            LastFault = fault;
            _retryAt = _clock.Now + pause;
            isClosed = _isClosed;
        }

        session.End(fault, pause);
        return !isClosed;
    }

    private TimeSpan PauseAfter(int failures)
    {
        var longest = Math.Min(_options.BackoffMax.Ticks, _options.BackoffMin.Ticks * Math.Pow(2, Math.Min(failures, 30)));
        double share;
        lock (_random) share = _random.NextDouble();
        return TimeSpan.FromTicks((long)(longest * (1 + share) / 2));
    }

    private TimeSpan Until(TimeSpan at)
    {
        var left = at - _clock.Now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>The connecting end of one connection, from the attempt to make it to its end: queues, credit, deadlines, answers.</summary>
/// <remarks>
/// Messages wait per shard and take turns; a shard uses a share of the window only, so a slow one leaves the rest to the others.
/// One lock, held for bookkeeping alone; answers continue elsewhere. The wire is called outside of it.
/// </remarks>
internal sealed class OutboundSession : IFrameEnd
{
    private readonly Lock _gate = new();
    private readonly string _peer;
    private readonly BusOptions _options;
    private readonly BusClock _clock;
    private readonly Dictionary<int, ShardLane> _lanes = [];
    private readonly Queue<ShardLane> _ready = new();
    private readonly Dictionary<ulong, PendingMessage> _underWay = [];
    private readonly TaskCompletionSource<BusFault> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DeadlineTimer _deadlines;
    private IFrameWire? _wire;
    private KeepAlive? _keepAlive;
    private BusWindow _window;
    private BusFault? _refusal;
    private ulong _lastId;
    private int _waitingFrames;
    private long _waitingBytes;
    private int _sentFrames;
    private long _sentBytes;
    private bool _isClosing;
    private bool _saysGoodbye;

    public OutboundSession(string peer, BusOptions options, TimeProvider time)
    {
        _peer = peer;
        _options = options;
        _clock = new BusClock(time);
        _window = BusWindow.Of(options);
        _deadlines = new DeadlineTimer(_clock, Expire);
    }

    /// <summary>Completes with the reason when the connection is over.</summary>
    public Task<BusFault> Ended => _ended.Task;

    /// <summary>Whether the peer has asked for no more messages.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Begins to send over a connection that was made.</summary>
    public void Open(PeerLink link)
    {
        lock (_gate)
        {
            _window = link.Window;
            _wire = link.Wire;
            _keepAlive = new KeepAlive(_options, _clock, link.Wire, _peer, CheckStalled);
        }

        link.Wire.Start(this);
        link.Wire.Wake();
    }

    /// <summary>Gives a message to the connection.</summary>
    public Task<BusOutcome> Submit(BusMessage message, bool isAsk, TimeSpan timeout, CancellationToken cancellation)
    {
        PendingMessage pending;
        bool isReady;
        lock (_gate)
        {
            if (Refuse(message, timeout) is { } refused) return Task.FromResult(refused);
            var lane = LaneOf(message.Shard);
            pending = new PendingMessage(message, isAsk, timeout, _clock.Now + timeout, lane);
            lane.Add(pending);
            _waitingFrames++;
            _waitingBytes += pending.Cost;
            _deadlines.Watch(pending.Deadline);
            isReady = MakeReady(lane);
        }

        if (cancellation.CanBeCanceled) pending.Watch(Cancel, cancellation);
        if (isReady) _wire?.Wake();
        return pending.Task;
    }

    /// <summary>Takes no more messages; says goodbye when those it has have ended.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosing = true;
            _refusal ??= SessionFaults.Closed(_peer);
            SayGoodbyeWhenIdle();
        }

        _wire?.Wake();
    }

    /// <summary>Ends the connection at once; nothing happens while there is none yet.</summary>
    public void Break(BusFault fault) => _wire?.Break(fault);

    /// <inheritdoc/>
    public bool TryTake([NotNullWhen(true)] out BusFrame? frame)
    {
        if (_keepAlive!.TryTake(out frame)) return true;
        bool isLast;
        lock (_gate)
        {
            frame = TakeMessage();
            if (frame is null && _saysGoodbye) frame = TakeGoodbye();
            isLast = frame is BusFrame.Goodbye || (frame is null && IsDraining && _underWay.Count == 0);
        }

        if (isLast) _wire!.Finish();
        return frame is not null;
    }

    /// <inheritdoc/>
    public void OnFrame(BusFrame frame)
    {
        _keepAlive!.Heard(frame);
        var isToWake = frame switch
        {
            BusFrame.Reply reply => OnReply(reply),
            BusFrame.Credit credit => OnCredit(credit),
            BusFrame.Ping => true,
            BusFrame.Pong => false,
            BusFrame.Goodbye { Code: ClusterErrorCodes.Draining } goodbye => OnDraining(goodbye),
            BusFrame.Goodbye goodbye => throw SessionFaults.SaidGoodbye(_peer, goodbye),
            _ => throw SessionFaults.OutOfPlace(_peer, frame),
        };
        if (isToWake) _wire!.Wake();
    }

    /// <inheritdoc/>
    public void OnInputEnded()
    {
        bool isExpected;
        lock (_gate) isExpected = _underWay.Count == 0 && (IsDraining || _isClosing);
        if (isExpected) _wire!.Finish();
        else _wire!.Break(SessionFaults.EndedByPeer(_peer));
    }

    /// <inheritdoc/>
    public void OnEnded(BusFault? fault)
    {
        var cause = fault ?? SessionFaults.EndedByPeer(_peer);
        lock (_gate)
        {
            _refusal ??= cause;
            foreach (var pending in _underWay.Values) pending.End(SessionFaults.Lost(cause));
            _underWay.Clear();
            _deadlines.Stop();
            _keepAlive?.Stop();
        }

        _ended.TrySetResult(cause);
    }

    /// <summary>Refuses what still waits when the connection could not be made or has ended.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="retryAfter">When the next connection is tried.</param>
    public void End(BusFault fault, TimeSpan retryAfter)
    {
        OnEnded(fault);
        lock (_gate) EndWaiting(fault, retryAfter);
    }

    private BusOutcome? Refuse(BusMessage message, TimeSpan timeout)
    {
        var limit = Math.Min(_window.MaxFrameBytes, _options.MaxFrameBytes);
        var bytes = message.Body.Length + (3 * message.EntityName.Length) + SessionFaults.FrameOverhead;
        return _refusal is { } refusal ? SessionFaults.NotSent(refusal, TimeSpan.Zero)
            : timeout <= TimeSpan.Zero ? SessionFaults.Late
            : bytes > limit ? SessionFaults.MessageTooLarge(bytes, limit)
            : _waitingFrames >= _options.WaitingFrames || _waitingBytes + message.Cost > _options.WaitingBytes ? BusOutcome.Busy.Instance
            : null;
    }

    private ShardLane LaneOf(int shard)
    {
        if (_lanes.TryGetValue(shard, out var lane)) return lane;
        return _lanes[shard] = new ShardLane();
    }

    /// <summary>Puts a lane that may send into the queue; returns whether the writer should look.</summary>
    private bool MakeReady(ShardLane lane)
    {
        if (lane.IsReady || !lane.HasRoom(_options)) return false;
        lane.IsReady = true;
        _ready.Enqueue(lane);
        return true;
    }

    private BusFrame? TakeMessage()
    {
        while (_ready.TryPeek(out var lane))
        {
            if (!lane.HasRoom(_options))
            {
                _ready.Dequeue().IsReady = false;
                continue;
            }

            var pending = lane.First!;
            var remaining = pending.Deadline - _clock.Now;
            if (remaining <= TimeSpan.Zero || !Fits(pending)) Drop(pending, remaining);
            else if (!HasCredit(pending)) return null;
            else return Send(pending, remaining);
        }

        return null;
    }

    // The peer's own limit is known only after connecting, when messages wait already.
    private bool Fits(PendingMessage pending) =>
        pending.Message.Body.Length + (3 * pending.Message.EntityName.Length) + SessionFaults.FrameOverhead <= _window.MaxFrameBytes;

    private bool HasCredit(PendingMessage pending) =>
        _sentFrames == 0 || (_sentFrames < _window.Frames && _sentBytes + pending.Cost <= _window.Bytes);

    private void Drop(PendingMessage pending, TimeSpan remaining)
    {
        StopWaiting(pending);
        pending.End(remaining <= TimeSpan.Zero ? SessionFaults.Late : SessionFaults.MessageTooLarge(pending.Cost, _window.MaxFrameBytes));
    }

    private BusFrame Send(PendingMessage pending, TimeSpan remaining)
    {
        StopWaiting(pending);
        var lane = _ready.Dequeue();
        lane.IsReady = false;
        lane.Sent(pending);
        _sentFrames++;
        _sentBytes += pending.Cost;
        _underWay.Add(++_lastId, pending);
        MakeReady(lane);
        if (pending.IsAsk) return new BusFrame.Request(_lastId, remaining, pending.Message);
        pending.End(Sent);
        return new BusFrame.Tell(_lastId, remaining, pending.Message);
    }

    private static BusOutcome.Ok Sent { get; } = new(ReadOnlyMemory<byte>.Empty);

    private void StopWaiting(PendingMessage pending)
    {
        pending.Lane.Remove(pending);
        _waitingFrames--;
        _waitingBytes -= pending.Cost;
    }

    private bool OnReply(BusFrame.Reply reply)
    {
        lock (_gate)
        {
            if (!_underWay.TryGetValue(reply.Id, out var pending) || !pending.IsAsk) return false; // A copy, or long given up.
            pending.End(reply.Outcome);
            return Release(reply.Id, pending);
        }
    }

    private bool OnCredit(BusFrame.Credit credit)
    {
        var isToWake = false;
        lock (_gate)
        {
            foreach (var id in credit.Ids)
                isToWake |= _underWay.TryGetValue(id, out var pending) && !pending.IsAsk && Release(id, pending);
        }

        return isToWake;
    }

    private bool Release(ulong id, PendingMessage pending)
    {
        _underWay.Remove(id);
        pending.Lane.Released(pending);
        _sentFrames--;
        _sentBytes -= pending.Cost;
        MakeReady(pending.Lane);
        SayGoodbyeWhenIdle();
        return _ready.Count > 0 || _saysGoodbye || IsDraining;
    }

    private bool OnDraining(BusFrame.Goodbye goodbye)
    {
        lock (_gate)
        {
            IsDraining = true;
            var fault = new BusFault(goodbye.Code, $"{_peer} takes no new messages: {goodbye.Reason}", IsTransient: true);
            _refusal ??= fault;
            EndWaiting(fault, TimeSpan.Zero);
        }

        return true;
    }

    private void EndWaiting(BusFault fault, TimeSpan retryAfter)
    {
        foreach (var lane in _lanes.Values)
        {
            while (lane.First is { } pending)
            {
                StopWaiting(pending);
                pending.End(SessionFaults.NotSent(fault, retryAfter));
            }
        }
    }

    private void SayGoodbyeWhenIdle() => _saysGoodbye |= _isClosing && _waitingFrames == 0 && _underWay.Count == 0;

    private BusFrame.Goodbye TakeGoodbye()
    {
        _saysGoodbye = false;
        return new BusFrame.Goodbye(ClusterErrorCodes.Draining, "This connection is no longer needed.");
    }

    private void Cancel(PendingMessage pending, CancellationToken token)
    {
        lock (_gate)
        {
            if (!pending.TrySetCanceled(token) || !pending.IsWaiting) return;
            StopWaiting(pending);
            SayGoodbyeWhenIdle();
        }

        _wire?.Wake();
    }

    /// <summary>Ends what is due and returns the next deadline, or null.</summary>
    private TimeSpan? Expire(TimeSpan now)
    {
        TimeSpan? next = null;
        lock (_gate)
        {
            foreach (var pending in _underWay.Values)
            {
                if (pending.IsDone) continue;
                if (pending.Deadline <= now) pending.End(SessionFaults.NoReply(pending.Timeout));
                else next = Earlier(next, pending.Deadline);
            }

            foreach (var lane in _lanes.Values) next = ExpireWaiting(lane, now, next);
            SayGoodbyeWhenIdle();
        }

        if (_saysGoodbye) _wire?.Wake();
        return next;
    }

    private TimeSpan? ExpireWaiting(ShardLane lane, TimeSpan now, TimeSpan? next)
    {
        for (var pending = lane.First; pending is not null;)
        {
            var following = pending.Next;
            if (pending.Deadline <= now) Drop(pending, TimeSpan.Zero);
            else next = Earlier(next, pending.Deadline);
            pending = following;
        }

        return next;
    }

    private static TimeSpan Earlier(TimeSpan? one, TimeSpan other) => one is { } known && known < other ? known : other;

    private BusFault? CheckStalled()
    {
        lock (_gate)
        {
            var limit = _clock.Now - _options.StallLimit;
            return _underWay.Values.Any(pending => pending.Deadline < limit) ? SessionFaults.Stalled(_peer, _options.StallLimit) : null;
        }
    }
}

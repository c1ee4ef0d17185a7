using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>The listening end of a connection: hands messages over, grants credit, answers.</summary>
internal sealed class InboundSession : IFrameEnd
{
    private readonly Lock _gate = new();
    private readonly IBusReceiver _receiver;
    private readonly BusOptions _options;
    private readonly BusClock _clock;
    private readonly SeenIds _seen;
    private readonly Action<InboundSession, BusFault?> _onEnded;
    private readonly Queue<(BusFrame.Reply Frame, int Cost)> _replies = new();
    private readonly Queue<(ulong Id, int Cost)> _credits = new();
    private IFrameWire? _wire;
    private KeepAlive? _keepAlive;
    private int _openFrames;
    private long _openBytes;
    private long _replyBytes;
    private bool _isDraining;
    private bool _saysGoodbye;
    private bool _isInputEnded;
    private bool _isEnded;

    public InboundSession(
        PeerIdentity peer, IBusReceiver receiver, BusOptions options, TimeProvider time, Action<InboundSession, BusFault?> onEnded)
    {
        _onEnded = onEnded;
        Peer = peer;
        _receiver = receiver;
        _options = options;
        _clock = new BusClock(time);
        _seen = new SeenIds(Math.Max(4096, 4 * options.WindowFrames));
    }

    /// <summary>Who sends.</summary>
    public PeerIdentity Peer { get; }

    /// <summary>The session's clock.</summary>
    public TimeSpan Now => _clock.Now;

    /// <summary>Begins.</summary>
    public void Open(IFrameWire wire)
    {
        _wire = wire;
        _keepAlive = new KeepAlive(_options, _clock, wire, Peer.ToString());
        wire.Start(this);
    }

    /// <summary>Tells the peer to send no new messages; those that cross with this are refused as unavailable.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            if (_isDraining) return;
            _isDraining = _saysGoodbye = true;
        }

        _wire?.Wake();
    }

    /// <summary>Ends the connection at once.</summary>
    public void Break(BusFault fault) => _wire?.Break(fault);

    /// <inheritdoc/>
    public bool TryTake([NotNullWhen(true)] out BusFrame? frame)
    {
        if (_keepAlive!.TryTake(out frame)) return true;
        bool isDone;
        lock (_gate)
        {
            frame = _saysGoodbye ? TakeGoodbye() : _replies.Count > 0 ? TakeReply() : _credits.Count > 0 ? TakeCredit() : null;
            isDone = frame is null && _isInputEnded && _openFrames == 0;
        }

        if (isDone) _wire!.Finish();
        return frame is not null;
    }

    /// <inheritdoc/>
    public void OnFrame(BusFrame frame)
    {
        _keepAlive!.Heard(frame);
        switch (frame)
        {
            case BusFrame.Request request: Take(request.Id, isAsk: true, request.Remaining, request.Message); break;
            case BusFrame.Tell tell: Take(tell.Id, isAsk: false, tell.Remaining, tell.Message); break;
            case BusFrame.Ping: _wire!.Wake(); break;
            case BusFrame.Pong or BusFrame.Goodbye { Code: ClusterErrorCodes.Draining }: break;
            case BusFrame.Goodbye goodbye: throw SessionFaults.SaidGoodbye(Peer.ToString(), goodbye);
            default: throw SessionFaults.OutOfPlace(Peer.ToString(), frame);
        }
    }

    /// <inheritdoc/>
    public void OnInputEnded()
    {
        lock (_gate) _isInputEnded = true;
        _wire!.Wake();
    }

    /// <inheritdoc/>
    public void OnEnded(BusFault? fault)
    {
        _keepAlive?.Stop();
        lock (_gate)
        {
            _isEnded = true;
            _replies.Clear();
            _credits.Clear();
        }

        _onEnded(this, fault);
    }

    /// <summary>Answers a delivery; false when there is nobody to answer any more.</summary>
    public bool Complete(BusDelivery delivery, BusOutcome outcome)
    {
        BusFault? unread;
        lock (_gate)
        {
            if (_isEnded) return false;
            if (delivery.IsAsk) AddReply(delivery, Fitting(outcome));
            else _credits.Enqueue((delivery.Id, delivery.Message.Cost));
            unread = _replyBytes > _options.ReplyBytes ? SessionFaults.Unread(Peer.ToString(), _replyBytes) : null;
        }

        if (unread is null) _wire!.Wake();
        else _wire!.Break(unread);
        return unread is null;
    }

    private void Take(ulong id, bool isAsk, TimeSpan remaining, BusMessage message)
    {
        bool isDraining;
        lock (_gate)
        {
            if (!_seen.TryMark(id)) return;
            Admit(message.Cost);
            isDraining = _isDraining;
        }

        var delivery = new BusDelivery(this, id, isAsk, message, _clock.Now + remaining);
        if (remaining <= TimeSpan.Zero) delivery.Complete(SessionFaults.Late);
        else if (isDraining) delivery.Complete(SessionFaults.Leaving);
        else Deliver(delivery);
    }

    private void Deliver(BusDelivery delivery)
    {
        try
        {
            _receiver.Receive(delivery);
        }
        catch (Exception error)
        {
            // Whatever it is, it is the fault of one message; the connection carries those of others.
            delivery.Complete(new BusOutcome.Failed(
                ClusterErrorCodes.ReceiverFailed,
                $"The receiver failed on a message to '{delivery.Message.EntityName}': {error.Message} Retry with the same operation id."));
        }
    }

    private void Admit(int cost)
    {
        // A single message longer than the window is let through alone: the sender keeps to the same rule.
        if (_openFrames >= _options.WindowFrames || (_openFrames > 0 && _openBytes + cost > _options.WindowBytes))
            throw SessionFaults.CreditExceeded(Peer.ToString(), _options);

        _openFrames++;
        _openBytes += cost;
    }

    private void AddReply(BusDelivery delivery, BusOutcome outcome)
    {
        _replies.Enqueue((new BusFrame.Reply(delivery.Id, outcome), delivery.Message.Cost));
        _replyBytes += BytesOf(outcome);
    }

    private BusOutcome Fitting(BusOutcome outcome) =>
        BytesOf(outcome) <= _options.MaxFrameBytes - SessionFaults.FrameOverhead ? outcome : SessionFaults.ReplyTooLarge(_options);

    private static int BytesOf(BusOutcome outcome) => outcome is BusOutcome.Ok ok ? ok.Body.Length : 0;

    private BusFrame.Goodbye TakeGoodbye()
    {
        _saysGoodbye = false;
        return new BusFrame.Goodbye(ClusterErrorCodes.Draining, SessionFaults.Leaving.Message);
    }

    // Room is made when the answer leaves, not when it is given: a peer that does not read gets no more answers to keep.
    private BusFrame.Reply TakeReply()
    {
        var (frame, cost) = _replies.Dequeue();
        _replyBytes -= BytesOf(frame.Outcome);
        Release(cost);
        return frame;
    }

    private BusFrame.Credit TakeCredit()
    {
        var ids = ImmutableArray.CreateBuilder<ulong>(Math.Min(_credits.Count, BusFrame.MaxCreditIds));
        while (ids.Count < BusFrame.MaxCreditIds && _credits.TryDequeue(out var credit))
        {
            ids.Add(credit.Id);
            Release(credit.Cost);
        }

        return new BusFrame.Credit(ids.DrainToImmutable());
    }

    private void Release(int cost)
    {
        _openFrames--;
        _openBytes -= cost;
    }
}

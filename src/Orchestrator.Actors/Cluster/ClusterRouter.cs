using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Cluster;

/// <summary>Limits of the router.</summary>
public sealed record RouterOptions
{
    /// <summary>Messages of one shard that may wait for an owner or an answer; more are refused as busy.</summary>
    public int PerShard { get; init; } = 1000;

    /// <summary>Payload bytes of one shard that may wait.</summary>
    public long BytesPerShard { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a tell waits for an owner; an ask waits as long as its asker.</summary>
    public TimeSpan TellPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time between two looks at what waits, while anything does.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Nodes a message may pass before it is refused.</summary>
    public int MaxHops { get; init; } = 2;
}

/// <summary>Sends messages to the node that serves their shard, holds them while a shard moves, and takes in what other nodes send.</summary>
/// <remarks>
/// A message is sent again only if it is known that nothing was done with it (not the owner, not sent); with an unknown outcome
/// the asker is told so. The messages of one sender to one entity keep their order also across a move: nothing goes to the new
/// owner before the last message to the old one has been answered.
/// </remarks>
public sealed class ClusterRouter : IShardRouter, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, ShardLane> _lanes = [];
    private readonly IPeerLink _peers;
    private readonly TimeProvider _time;
    private readonly RouterOptions _options;
    private readonly ITimer _timer;
    private ActorSystem? _system;
    private ClusterMember? _member;
    private long _orders;
    private bool _isClosed;

    /// <summary>Creates a router; it is an option of the actor system, which is bound to it by <see cref="Bind"/>.</summary>
    public ClusterRouter(IPeerLink peers, TimeProvider time, RouterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _peers = peers;
        _time = time;
        _options = options ?? new RouterOptions();
        _timer = time.CreateTimer(static router => ((ClusterRouter)router!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Messages that wait for an owner now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _lanes.Values.Sum(lane => lane.Count);
        }
    }

    /// <summary>Binds the router to the system it serves and the member that knows the owners.</summary>
    public void Bind(ActorSystem system, ClusterMember member) => (_system, _member) = (system, member);

    /// <summary>Takes note of what the member reports: a new view may give what waits an owner.</summary>
    public void On(ClusterEvent reported)
    {
        if (reported is ClusterEvent.HandedOff handedOff && _member?.View?.Find(handedOff.To) is { } receiver)
            _peers.Poke(receiver.Node);

        if (reported is ClusterEvent.ViewRead or ClusterEvent.Claimed or ClusterEvent.Resumed)
            Look();
    }

    /// <inheritdoc />
    public TellOutcome Route(RoutedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Hops >= _options.MaxHops)
            return TellOutcome.Unavailable;

        lock (_gate)
        {
            if (_isClosed)
                return TellOutcome.Stopped;

            var lane = LaneOf(message.ShardId);
            if (lane.Count + lane.InFlight >= _options.PerShard || lane.Bytes + message.Body.Length > _options.BytesPerShard)
                return TellOutcome.Busy;

            lane.Put(new ShardLane.Pending(++_orders, message, message.Deadline ?? _time.GetUtcNow() + _options.TellPatience));
        }

        Flush(message.ShardId);
        return TellOutcome.Accepted;
    }

    /// <summary>Takes a message another node has sent.</summary>
    /// <param name="message">The message; its <see cref="RoutedMessage.ReplyTo"/> is answered if the result is accepted.</param>
    /// <returns><see cref="TellOutcome.Accepted"/>, <see cref="TellOutcome.Busy"/>, or null when this node does not serve the shard.</returns>
    public TellOutcome? Receive(RoutedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var system = System;
        if (!system.Serves(message.ShardId))
            return null;

        var outcome = system.Deliver(message);
        return outcome == TellOutcome.Unavailable && !system.Serves(message.ShardId) ? null : outcome;
    }

    /// <summary>Refuses what still waits.</summary>
    public async ValueTask DisposeAsync()
    {
        List<ShardLane.Pending> left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _lanes.Values.SelectMany(lane => lane.TakeAll())];
        }

        await _timer.DisposeAsync();
        foreach (var pending in left)
            Refuse(pending.Message, TellOutcome.Stopped);
    }

    private ActorSystem System => _system ?? throw new InvalidOperationException("The router has not been bound to its actor system.");

    private ShardLane LaneOf(int shardId)
    {
        if (!_lanes.TryGetValue(shardId, out var lane))
            _lanes.Add(shardId, lane = new ShardLane());

        return lane;
    }

    private void Look()
    {
        List<int> shards;
        lock (_gate)
            shards = [.. _lanes.Where(entry => entry.Value.Count > 0).Select(entry => entry.Key).Order()];

        foreach (var shard in shards)
            Flush(shard);
    }

    /// <summary>Sends what may go now, and looks again later if something stays.</summary>
    private void Flush(int shardId)
    {
        DropExpired(shardId);
        if (System.Serves(shardId))
            DeliverHere(shardId);
        else if (OwnerOf(shardId) is { } owner)
            SendTo(owner, shardId);

        lock (_gate)
        {
            if (LaneOf(shardId).Count > 0)
                Arm();
        }
    }

    private NodeRecord? OwnerOf(int shardId)
    {
        var view = _member?.View;
        return view?.Shards[shardId].Owner is { } owner && owner != _member!.Node.Id ? view.Find(owner)?.Node : null;
    }

    private void DeliverHere(int shardId)
    {
        while (true)
        {
            ShardLane.Pending? pending;
            lock (_gate)
                pending = LaneOf(shardId).TakeLocal();

            if (pending is null)
                return;

            var outcome = System.Deliver(pending.Message);
            if (outcome == TellOutcome.Accepted)
                continue;

            if (!System.Serves(shardId))
            {
                PutBack(shardId, pending);
                return;
            }

            Refuse(pending.Message, outcome);
        }
    }

    private void SendTo(NodeRecord owner, int shardId)
    {
        while (true)
        {
            ShardLane.Pending pending;
            lock (_gate)
            {
                var lane = LaneOf(shardId);
                if (!lane.MayGoTo(owner.Id, _time.GetUtcNow()))
                    return;

                pending = lane.Take(owner.Id);
            }

            _peers.Send(owner, pending.Message with { Hops = pending.Message.Hops + 1 }, answer => Answered(shardId, pending, answer));
        }
    }

    private void Answered(int shardId, ShardLane.Pending pending, PeerAnswer answer)
    {
        lock (_gate)
        {
            var lane = LaneOf(shardId);
            lane.Returned(pending);
            if (IsUndone(answer) && !_isClosed)
            {
                // Not at once: a peer that cannot be reached says so without delay, again and again.
                lane.PutBack(pending, _time.GetUtcNow() + _options.Retry);
                Arm();
            }
        }

        if (answer.Outcome == PeerOutcome.NotOwner)
            _member?.Poke(); // The view is old.

        if (IsUndone(answer))
            return;

        Settle(pending.Message, answer);
        Flush(shardId);
    }

    /// <summary>Nothing was done with the message: it may be sent again.</summary>
    private static bool IsUndone(PeerAnswer answer) => answer.Outcome is PeerOutcome.NotOwner or PeerOutcome.NotSent;

    private void Settle(RoutedMessage message, PeerAnswer answer)
    {
        switch (answer.Outcome)
        {
            case PeerOutcome.Replied:
                message.ReplyTo?.Reply(answer.Body);
                break;
            case PeerOutcome.Failed when answer.Error is { } error:
                Fail(message, error);
                break;
            case PeerOutcome.Unknown:
                Fail(message, new AskException(AskFailure.NotConfirmed,
                    $"The node that serves '{message.Id}' did not answer before its connection was lost; the command may have been carried out. "
                    + "Retry with the same operation id."));
                break;
            default:
                Refuse(message, TellOutcome.Unavailable);
                break;
        }
    }

    private void PutBack(int shardId, ShardLane.Pending pending)
    {
        lock (_gate)
        {
            LaneOf(shardId).Put(pending);
            Arm();
        }
    }

    private void DropExpired(int shardId)
    {
        List<ShardLane.Pending> expired;
        lock (_gate)
            expired = LaneOf(shardId).TakeExpired(_time.GetUtcNow());

        foreach (var pending in expired)
            Refuse(pending.Message, TellOutcome.Unavailable);
    }

    private void Arm()
    {
        if (!_isClosed)
            _timer.Change(_options.Retry, Timeout.InfiniteTimeSpan);
    }

    private void Refuse(RoutedMessage message, TellOutcome outcome) =>
        Fail(message, Refusals.Of(outcome, message.Id.ToString(), _options.Retry));

    private void Fail(RoutedMessage message, AskException error)
    {
        if (message.ReplyTo is { } asker)
            asker.Fail(error);
        else
            System.DeadLetters.Add(message.Id.ToString(), message, DeadLetterReason.Unavailable);
    }
}

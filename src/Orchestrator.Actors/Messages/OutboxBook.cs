using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>Which messages wait, for whom, and what to read, send and remove next. Not safe for concurrent use.</summary>
/// <remarks>
/// Order is kept by two rules. Messages of a shard that has not been read to its end yet are put behind what the read finds.
/// Once a lane is full, everything further stays in the journal until the lane is empty and read anew.
/// </remarks>
internal sealed class OutboxBook(OutboxOptions options)
{
    private readonly Dictionary<PersistenceId, OutboxLane> _lanes = [];
    private readonly Dictionary<int, Inflow> _shards = [];
    private readonly Dictionary<OutboxKey, OutboxLane> _handled = [];
    private readonly PriorityQueue<OutboxLane, (DateTimeOffset At, long Place)> _due = new();
    private readonly Queue<OutboxLane> _hungry = new();
    private (OutboxQuery Query, List<Inflow> Shards)? _scan;
    private DateTimeOffset _slot = DateTimeOffset.MinValue;
    private int _slotUsed;
    private long _places;

    /// <summary>Messages in memory.</summary>
    public int Count { get; private set; }

    /// <summary>Handled messages the journal still holds.</summary>
    public int HandledCount => _handled.Count;

    /// <summary>Whether a lane waits for its handled messages to be removed, to be read anew behind them.</summary>
    public bool WantsRemoval { get; private set; }

    /// <summary>When a lane is due next.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            while (_due.TryPeek(out var lane, out var key) && lane.Place != key.Place)
                _due.Dequeue();

            return _due.TryPeek(out _, out var next) ? next.At : null;
        }
    }

    /// <summary>Whether <see cref="NextQuery"/> has one.</summary>
    public bool HasQuery => Count < options.MaxInMemory
        && (_scan is not null || _hungry.Count > 0 || _shards.Values.Any(shard => shard.IsLoading));

    /// <summary>Reads the shards from their start: they have come to this node.</summary>
    public void Load(IReadOnlyList<int> shards)
    {
        foreach (var shard in shards)
            _shards[shard] = new Inflow(shard);
    }

    /// <summary>Forgets a shard that has left this node; its messages are delivered by the next owner.</summary>
    public void Forget(int shard, Predicate<PersistenceId> belongs)
    {
        _shards.Remove(shard);
        foreach (var lane in _lanes.Values.ToList())
        {
            Count -= lane.Forget(belongs);
            Update(lane);
        }
    }

    /// <summary>Takes messages that have just become durable.</summary>
    public void Sent(int shard, IReadOnlyList<OutboxMessage> messages)
    {
        if (!_shards.TryGetValue(shard, out var inflow))
            return;

        if (!inflow.IsLoading)
            AddAll(messages);
        else if (inflow.Arrived.Count + messages.Count <= options.PageSize)
            inflow.Arrived.AddRange(messages);
        else
            inflow.HasMissed = true;
    }

    /// <summary>What to read next, or null. One query is asked at a time; <see cref="Take"/> gets what was found.</summary>
    public OutboxQuery? NextQuery()
    {
        if (!HasQuery)
            return null;

        if (_scan is null && _shards.Values.Where(shard => shard.IsLoading).ToList() is { Count: > 0 } loading)
        {
            loading.ForEach(shard => shard.Begin());
            _scan = (new OutboxQuery([.. loading.Select(shard => shard.ShardId)], options.PageSize), loading);
        }

        return _scan is { } scan ? scan.Query : QueryFor(_hungry.Peek());
    }

    /// <summary>Takes what <see cref="NextQuery"/> has led to.</summary>
    public void Take(OutboxQuery query, IReadOnlyList<OutboxEntry> found, DateTimeOffset now)
    {
        if (query.To is not null)
            Refill(_hungry.Dequeue(), query, found);
        else if (_scan is { } scan)
            TakeScan(scan, found, now);
    }

    /// <summary>Takes what is due to be sent, and lanes that did not answer in time.</summary>
    public List<Parcel> TakeDue(DateTimeOffset now, List<OutboxLane> late)
    {
        var parcels = new List<Parcel>();
        while (NextDue <= now)
        {
            var lane = _due.Dequeue();
            lane.Place = 0;
            if (lane.HasTimedOut(now))
            {
                late.Add(lane);
                continue;
            }

            lane.TakeInto(parcels, now);
            Update(lane);
        }

        return parcels;
    }

    /// <summary>Notes that a message has been handled.</summary>
    public void Acknowledge(PersistenceId to, OutboxKey key, DateTimeOffset now)
    {
        if (!_lanes.TryGetValue(to, out var lane) || !lane.Acknowledge(key, now))
            return;

        Count--;
        _handled[key] = lane;
        lane.Unremoved++;
        WantsRemoval |= lane is { IsSpilled: true, Count: 0 };
        Update(lane);
    }

    /// <summary>Notes that an attempt has failed; null when it is not the present one.</summary>
    public TimeSpan? Fail(PersistenceId to, int attempt, DateTimeOffset now, double random)
    {
        if (!_lanes.TryGetValue(to, out var lane) || lane.Attempt != attempt || lane.Count == 0)
            return null;

        var delay = lane.Fail(now, random);
        Update(lane);
        return delay;
    }

    /// <summary>Up to so many handled messages, to be removed from the journal.</summary>
    public IReadOnlyList<OutboxKey> Handled(int limit) => [.. _handled.Keys.Take(limit)];

    /// <summary>Notes that the journal holds them no more.</summary>
    public void Removed(IReadOnlyList<OutboxKey> keys)
    {
        WantsRemoval = false;
        foreach (var key in keys)
        {
            if (!_handled.Remove(key, out var lane))
                continue;

            lane.Unremoved--;
            Update(lane);
        }
    }

    private OutboxQuery QueryFor(OutboxLane lane)
    {
        lane.HasMissed = false;
        return new OutboxQuery([.. _shards.Keys], options.LaneCapacity) { To = lane.To };
    }

    private void TakeScan((OutboxQuery Query, List<Inflow> Shards) scan, IReadOnlyList<OutboxEntry> found, DateTimeOffset now)
    {
        foreach (var entry in found)
        {
            if (_shards.ContainsKey(entry.ShardId))
                Add(entry.Message, now);
        }

        if (found.Count >= scan.Query.Limit)
        {
            _scan = scan with { Query = scan.Query with { After = found[^1] } };
            return;
        }

        _scan = null;
        foreach (var shard in scan.Shards.Where(shard => _shards.GetValueOrDefault(shard.ShardId) == shard && !shard.HasMissed))
        {
            shard.IsLoading = false;
            AddAll(shard.Arrived);
            shard.Arrived.Clear();
        }
    }

    private void Refill(OutboxLane lane, OutboxQuery query, IReadOnlyList<OutboxEntry> found)
    {
        foreach (var entry in found.Where(entry => _shards.ContainsKey(entry.ShardId) && !_handled.ContainsKey(entry.Message.Key)))
            Count += lane.TryAdd(entry.Message) ? 1 : 0;

        lane.IsSpilled = lane.HasMissed || found.Count >= query.Limit;
        lane.IsHungry = false;
        Update(lane);
    }

    private void AddAll(IReadOnlyList<OutboxMessage> messages)
    {
        foreach (var message in messages)
            Add(message, pacedAt: null);
    }

    private void Add(OutboxMessage message, DateTimeOffset? pacedAt)
    {
        if (_handled.ContainsKey(message.Key))
            return;

        if (!_lanes.TryGetValue(message.To, out var lane))
        {
            _lanes.Add(message.To, lane = new OutboxLane(message.To, options));
            if (pacedAt is { } now)
                lane.NotBefore = Slot(now);
        }

        if (lane.IsSpilled || lane.Count >= options.LaneCapacity)
            lane.IsSpilled = lane.HasMissed = true;
        else if (lane.TryAdd(message))
            Count++;

        Update(lane);
    }

    /// <summary>Spreads receivers that would all start at once.</summary>
    private DateTimeOffset Slot(DateTimeOffset now)
    {
        if (_slot < now)
            (_slot, _slotUsed) = (now, 0);
        else if (_slotUsed >= options.StartsPerStep)
            (_slot, _slotUsed) = (_slot + options.Step, 0);

        _slotUsed++;
        return _slot;
    }

    private void Update(OutboxLane lane)
    {
        if (lane.IsDone)
        {
            _lanes.Remove(lane.To);
            lane.Place = 0;
            return;
        }

        if (lane is { WantsMore: true, IsHungry: false })
        {
            lane.IsHungry = true;
            _hungry.Enqueue(lane);
        }

        // A place that has become too early stays: the lane is only looked at once more.
        if (lane.DueAt is not { } at || (lane.Place != 0 && lane.PlacedAt <= at))
            return;

        (lane.Place, lane.PlacedAt) = (++_places, at);
        _due.Enqueue(lane, (at, lane.Place));
    }

    /// <summary>One shard's messages on their way into memory.</summary>
    private sealed class Inflow(int shardId)
    {
        public int ShardId { get; } = shardId;

        /// <summary>Not read to its end yet.</summary>
        public bool IsLoading { get; set; } = true;

        /// <summary>What came new during the read.</summary>
        public List<OutboxMessage> Arrived { get; } = [];

        /// <summary>More came than is kept: read again.</summary>
        public bool HasMissed { get; set; }

        public void Begin()
        {
            HasMissed = false;
            Arrived.Clear();
        }
    }
}

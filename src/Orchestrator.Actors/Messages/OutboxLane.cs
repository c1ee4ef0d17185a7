using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>The messages to one receiver, in order. Not safe for concurrent use.</summary>
/// <remarks>
/// Sends ahead up to the window. After a failure only the first is sent, again with back-off, until it is acknowledged: a
/// receiver in trouble gets one message at a time. Acknowledgements count whichever attempt they answer, failures only those
/// of the present one.
/// </remarks>
internal sealed class OutboxLane(PersistenceId to, OutboxOptions options)
{
    private readonly List<Item> _items = [];
    private readonly Dictionary<PersistenceId, MessageNumber> _last = [];
    private int _sent;
    private DateTimeOffset _lastProgress;

    public PersistenceId To { get; } = to;

    public int Count => _items.Count;

    /// <summary>Older messages wait in the journal: what comes new must wait there too, or it would overtake.</summary>
    public bool IsSpilled { get; set; }

    /// <summary>Something was left to the journal since the last read began.</summary>
    public bool HasMissed { get; set; }

    /// <summary>Waits to be read from the journal.</summary>
    public bool IsHungry { get; set; }

    /// <summary>Acknowledged messages the journal still holds.</summary>
    public int Unremoved { get; set; }

    public int Attempt { get; private set; }

    public int Failures { get; private set; }

    /// <summary>The valid place in the queue of lanes; 0 for none.</summary>
    public long Place { get; set; }

    /// <summary>When that place comes up.</summary>
    public DateTimeOffset PlacedAt { get; set; }

    /// <summary>Nothing is sent before.</summary>
    public DateTimeOffset NotBefore { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Nothing to do and nothing to remember.</summary>
    public bool IsDone => Count == 0 && Unremoved == 0 && !IsSpilled;

    /// <summary>Empty, with more in the journal.</summary>
    public bool WantsMore => Count == 0 && Unremoved == 0 && IsSpilled;

    private int Window => Failures > 0 ? 1 : options.Window;

    /// <summary>When to look at it next; null when only an acknowledgement or a new message changes anything.</summary>
    public DateTimeOffset? DueAt => _sent < Math.Min(Window, Count) ? NotBefore : _sent > 0 ? _lastProgress + options.AckTimeout : null;

    /// <summary>Adds a message, unless it or a later one of its sender has been added before.</summary>
    public bool TryAdd(OutboxMessage message)
    {
        var number = MessageNumber.Of(message);
        var after = _last.GetValueOrDefault(message.From);
        if (number <= after)
            return false;

        _last[message.From] = number;
        _items.Add(new Item(message, after));
        return true;
    }

    public bool HasTimedOut(DateTimeOffset now) => _sent > 0 && now >= _lastProgress + options.AckTimeout;

    public void TakeInto(List<Parcel> parcels, DateTimeOffset now)
    {
        if (now < NotBefore)
            return;

        if (_sent == 0)
            _lastProgress = now;

        for (; _sent < Math.Min(Window, Count); _sent++)
            parcels.Add(new Parcel(_items[_sent].Message, _items[_sent].After, Attempt));
    }

    /// <summary>Takes a handled message out.</summary>
    public bool Acknowledge(OutboxKey key, DateTimeOffset now)
    {
        var index = _items.FindIndex(item => item.Message.Key == key);
        if (index < 0)
            return false;

        _items.RemoveAt(index);
        _sent -= index < _sent ? 1 : 0;
        _lastProgress = now;
        (Failures, NotBefore) = (0, DateTimeOffset.MinValue);
        return true;
    }

    /// <summary>Everything unacknowledged is to be sent again.</summary>
    public TimeSpan Fail(DateTimeOffset now, double random)
    {
        _sent = 0;
        Attempt++;
        var delay = options.Retry.Delay(++Failures, random);
        NotBefore = now + delay;
        return delay;
    }

    /// <summary>Forgets senders that have left this node.</summary>
    /// <returns>How many messages that drops.</returns>
    public int Forget(Predicate<PersistenceId> belongs)
    {
        foreach (var sender in _last.Keys.Where(sender => belongs(sender)).ToList())
            _last.Remove(sender);

        _sent -= _items.Take(_sent).Count(item => belongs(item.Message.From));
        return _items.RemoveAll(item => belongs(item.Message.From));
    }

    private readonly record struct Item(OutboxMessage Message, MessageNumber After);
}

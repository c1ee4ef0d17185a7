namespace Orchestrator.Actors.Persistence;

/// <summary>What a command leads to, as data; the kernel carries it out in a fixed order.</summary>
/// <remarks>
/// Order: append events and reminder changes in one step → fold the events into the state → answer → run the rest. Nothing after
/// the append happens unless it is durable. Build one with the factory methods of <see cref="PersistentActor{TState,TCommand,TEvent}"/>
/// and extend it by chaining; an effect belongs to one command and is not kept.
/// </remarks>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TEvent">The entity's events.</typeparam>
public sealed class Effect<TState, TEvent>
{
    private readonly List<ReminderEdit> _reminders = [];
    private readonly List<Func<TState, ValueTask>> _then = [];
    private readonly List<(PersistenceId To, byte[] Payload)> _sends = [];
    private Func<TState, object?>? _reply;

    internal Effect(IReadOnlyList<TEvent> events) => Events = events;

    internal IReadOnlyList<TEvent> Events { get; }

    internal IReadOnlyList<ReminderEdit> Reminders => _reminders;

    internal IReadOnlyList<(PersistenceId To, byte[] Payload)> Sends => _sends;

    internal byte[] EventMeta { get; private set; } = [];

    internal bool IsStash { get; private init; }

    internal bool Passivates { get; private set; }

    internal bool Unstashes { get; private set; }

    internal bool Writes => Events.Count > 0 || _reminders.Count > 0;

    internal bool HasReply => _reply is not null;

    internal IReadOnlyList<Func<TState, ValueTask>> Then => _then;

    internal static Effect<TState, TEvent> NewStash() => new([]) { IsStash = true };

    /// <summary>Sets a durable reminder, replacing one of the same name; written together with the events.</summary>
    /// <param name="name">Unique within the entity.</param>
    /// <param name="dueAt">When to fire; in the past means at once.</param>
    /// <param name="generation">Chosen by the entity, comes back with the firing.</param>
    /// <param name="payload">Comes back with the firing.</param>
    public Effect<TState, TEvent> Remind(string name, DateTimeOffset dueAt, long generation = 0, byte[]? payload = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _reminders.Add(new ReminderEdit(name, dueAt.ToUniversalTime(), generation, payload ?? [], IsClear: false));
        return this;
    }

    /// <summary>Clears a reminder; written together with the events. Clearing one that is not set does nothing.</summary>
    public Effect<TState, TEvent> ClearReminder(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _reminders.Add(new ReminderEdit(name, default, 0, [], IsClear: true));
        return this;
    }

    /// <summary>Sends a message to another entity, of any kind and on any node; written together with the events.</summary>
    /// <remarks>It arrives at least once and in order per sender and receiver, and is handled once. Needs an event: that numbers it.</remarks>
    /// <param name="to">The receiver; its actor gets it in <see cref="PersistentActor{TState,TCommand,TEvent}.OnMessage"/>.</param>
    /// <param name="payload">What both agree on; small, as it is part of the append.</param>
    /// <exception cref="InvalidOperationException">The effect has no event, or sends more than <see cref="short.MaxValue"/> messages.</exception>
    public Effect<TState, TEvent> Send(PersistenceId to, byte[] payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(to.Name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to.Name.Length, 200, nameof(to));
        ArgumentNullException.ThrowIfNull(payload);
        if (Events.Count == 0 || _sends.Count == short.MaxValue)
        {
            throw new InvalidOperationException($"The message to {to} cannot be numbered: "
                + "an effect that sends stores at least one event, and sends at most 32,767 messages. Persist the decision to send.");
        }

        _sends.Add((to, payload));
        return this;
    }

    /// <summary>Stores who and why beside each event: operation id, caller, cause. Small, and covered by the hash chain.</summary>
    public Effect<TState, TEvent> Meta(byte[] meta)
    {
        ArgumentNullException.ThrowIfNull(meta);
        EventMeta = meta;
        return this;
    }

    /// <summary>Answers the asker once all is durable.</summary>
    public Effect<TState, TEvent> Reply(object? reply) => ReplyWith(_ => reply);

    /// <summary>Answers the asker from the state after the events.</summary>
    public Effect<TState, TEvent> ReplyWith(Func<TState, object?> reply)
    {
        _reply = reply;
        return this;
    }

    /// <summary>Runs an outside effect after the answer, in the same turn. A crash may skip it: derive it again in the recovered hook.</summary>
    public Effect<TState, TEvent> ThenRun(Action<TState> action) => ThenRunAsync(state =>
    {
        action(state);
        return default;
    });

    /// <summary>As <see cref="ThenRun"/>, asynchronous: the turn lasts until the task ends, so keep it short.</summary>
    public Effect<TState, TEvent> ThenRunAsync(Func<TState, ValueTask> action)
    {
        _then.Add(action);
        return this;
    }

    /// <summary>Puts stashed commands back, ahead of the mailbox, in their original order.</summary>
    public Effect<TState, TEvent> ThenUnstashAll()
    {
        Unstashes = true;
        return this;
    }

    /// <summary>Takes the entity out of memory after this turn; what waits for it, or comes later, starts it again.</summary>
    public Effect<TState, TEvent> ThenPassivate()
    {
        Passivates = true;
        return this;
    }

    internal object? ReplyFor(TState state) => _reply!(state);

    internal bool Touches(string reminder) => _reminders.Exists(edit => edit.Name == reminder);
}

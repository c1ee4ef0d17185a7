using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Sharding;

/// <summary>The way to all entities of one kind: starts them on demand, wherever their shard lives.</summary>
/// <remarks>A command for an entity on another node is encoded and routed there; callers need not know where an entity lives.</remarks>
/// <typeparam name="TCommand">The commands the entities take.</typeparam>
public abstract class ShardRegion<TCommand>
{
    private readonly ActorSystem _system;

    private protected ShardRegion(ActorSystem system, int kind, string kindName)
    {
        _system = system;
        Kind = kind;
        KindName = kindName;
    }

    /// <summary>The stable number of the kind.</summary>
    public int Kind { get; }

    /// <summary>The kind's name in diagnostics.</summary>
    public string KindName { get; }

    /// <summary>Sends a command; commands of one sender to one entity arrive in order. Never blocks.</summary>
    /// <param name="name">The entity, 1 to 200 characters.</param>
    /// <param name="command">The command.</param>
    public TellOutcome Tell(string name, TCommand command)
    {
        var delivery = Deliver(Checked(name), new Envelope<EntityMessage<TCommand>>(new EntityMessage<TCommand>(command, null)));
        if (delivery.Outcome != TellOutcome.Accepted)
            _system.DeadLetters.Add(Describe(name), command, DeadLetters.ReasonOf(delivery.Outcome));

        return delivery.Outcome;
    }

    /// <summary>Sends a command and waits for the answer.</summary>
    /// <param name="name">The entity, 1 to 200 characters.</param>
    /// <param name="command">The command; carries an operation id if a retry must not act twice.</param>
    /// <param name="timeout">How long to wait, on the system's time.</param>
    /// <param name="from">The context of the turn that asks, if any: lets the kernel refuse a cycle of asks.</param>
    /// <param name="cancellation">Ends the wait, not the work.</param>
    /// <exception cref="AskException">No answer; the reason says whether something may have been done.</exception>
    /// <exception cref="InvalidOperationException">The entity waits for this very turn.</exception>
    public Task<TReply> Ask<TReply>(
        string name, TCommand command, TimeSpan timeout, TurnContext? from = null, CancellationToken cancellation = default)
    {
        var ask = new PendingAsk<TReply>(Describe(Checked(name)), timeout, _system.Time, _system.DeadLetters, cancellation);
        var delivery = Deliver(name, new Envelope<EntityMessage<TCommand>>(new EntityMessage<TCommand>(command, null), ask, from?.Chain));
        if (delivery.IsCycle)
        {
            ask.Discard();
            throw AskChain.Cycle(Describe(name));
        }

        if (delivery.Outcome != TellOutcome.Accepted)
            ask.TryFail(Refusals.Of(delivery.Outcome, Describe(name), delivery.RetryAfter, delivery.Reason));

        return ask.Task;
    }

    /// <summary>Starts an entity without a command, so that it recovers and derives its unfinished effects.</summary>
    public abstract TellOutcome Wake(string name);

    /// <summary>Takes an entity out of memory after the turn it is in; what waits for it starts it again.</summary>
    public abstract void Passivate(string name);

    /// <summary>Lifts the quarantine or back-off of an entity, after its cause was removed: it starts at once.</summary>
    public abstract TellOutcome Resume(string name);

    /// <summary>The entities on this node that failed the same way at the same event too often, by name (ordinal).</summary>
    /// <remarks>Their commands are refused as unavailable, with the reason. A node that starts anew finds out by the same failures, with back-off.</remarks>
    public abstract IReadOnlyList<QuarantinedEntity> Quarantined { get; }

    /// <summary>The event at which a quarantined entity fails, as stored; null when the journal has no such event.</summary>
    /// <exception cref="InvalidOperationException">The entity is not quarantined here.</exception>
    public abstract Task<JournalEvent?> ReadFailingEventAsync(string name, CancellationToken cancellation = default);

    /// <summary>Passes over the event at which a quarantined entity fails, and starts the entity.</summary>
    /// <remarks>The decision becomes a <see cref="SkipRecord"/> in the entity's history: on record, and within its hash chain.</remarks>
    /// <param name="name">The entity.</param>
    /// <param name="sequenceNr">The event; must be the one it fails at.</param>
    /// <param name="reason">Why, up to 2,000 characters.</param>
    /// <param name="by">Who decides, up to 2,000 characters.</param>
    /// <exception cref="InvalidOperationException">The entity is not quarantined here, or not at this event, or skipping cannot help.</exception>
    /// <exception cref="RecoveryException">The history behind the event does not hold together.</exception>
    /// <exception cref="PersistFailedException">The journal did not confirm the record; look at the entity before trying again.</exception>
    public abstract Task SkipAsync(string name, long sequenceNr, string reason, string by);

    /// <summary>The entities in memory on this node, by name (ordinal).</summary>
    public abstract IReadOnlyList<string> ActiveEntities { get; }

    internal abstract Delivery Deliver(string name, in Envelope<EntityMessage<TCommand>> envelope);

    private protected string Describe(string name) => $"{KindName}/{name}";

    private protected static string Checked(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 200, nameof(name));
        return name;
    }
}

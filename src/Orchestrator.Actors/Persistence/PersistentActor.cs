using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Persistence;

/// <summary>An entity whose state is the fold of its stored events.</summary>
/// <remarks>
/// Per command: decide (<see cref="OnCommand"/>) → append → fold (<see cref="Apply"/>) → answer → run effects. Commands that
/// arrive meanwhile wait. An append that fails or is fenced stops the entity; it starts again from the journal with back-off.
/// <see cref="OnCommand"/> and <see cref="Apply"/> do no I/O; <see cref="Apply"/> takes nothing but its arguments.
/// </remarks>
/// <typeparam name="TState">The state, best immutable.</typeparam>
/// <typeparam name="TCommand">The commands.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
public abstract class PersistentActor<TState, TCommand, TEvent>
{
    /// <summary>The state before the first event.</summary>
    protected internal abstract TState InitialState(PersistenceId id);

    /// <summary>Decides what a command leads to. Throwing is a bug: the entity restarts and the asker gets an error.</summary>
    protected internal abstract Effect<TState, TEvent> OnCommand(TState state, TCommand command, EntityContext<TCommand> context);

    /// <summary>Folds one event into the state: no clock, no randomness, no I/O.</summary>
    protected internal abstract TState Apply(TState state, TEvent @event);

    /// <summary>Turns the firing of a durable reminder into a command.</summary>
    /// <remarks>
    /// The kernel has checked that the firing is current. The effect of the command consumes the reminder: unless it sets or
    /// clears the same name itself, the kernel clears it in the same append. Delivered again if the entity fails before that.
    /// </remarks>
    protected internal virtual TCommand OnReminder(ReminderFiring firing, EntityContext<TCommand> context) =>
        throw new NotSupportedException($"{GetType().Name} has set reminder '{firing.Name}' but does not override OnReminder.");

    /// <summary>Turns a message of another entity into a command.</summary>
    /// <remarks>
    /// The kernel has checked that it was not handled before and that none of the same sender is missing. It counts as handled
    /// once the effect of the command is durable, also when that stores no event. Delivered again if the entity fails before that.
    /// </remarks>
    protected internal virtual TCommand OnMessage(OutboxDelivery delivery, EntityContext<TCommand> context) =>
        throw new NotSupportedException($"{GetType().Name} was sent a message by {delivery.From} but does not override OnMessage.");

    /// <summary>Runs after recovery, before the first command: derive unfinished outside effects again, by telling the entity itself or others.</summary>
    protected internal virtual void OnRecovered(TState state, EntityContext<TCommand> context)
    {
    }

    /// <summary>Runs when this instance ends: passivation, shutdown or failure. Nothing can be persisted any more.</summary>
    protected internal virtual ValueTask OnStoppedAsync() => default;

    /// <summary>Stores events; all of them or none.</summary>
    protected static Effect<TState, TEvent> Persist(params IReadOnlyList<TEvent> events) => new(events);

    /// <summary>Answers without storing anything, for queries and refusals.</summary>
    protected static Effect<TState, TEvent> Reply(object? reply) => None().Reply(reply);

    /// <summary>Puts the command aside, asker included, until an effect unstashes. A full stash answers busy.</summary>
    protected static Effect<TState, TEvent> Stash() => Effect<TState, TEvent>.NewStash();

    /// <summary>Does nothing yet; chain what is wanted.</summary>
    protected static Effect<TState, TEvent> None() => new([]);

    /// <summary>Takes the entity out of memory after this turn.</summary>
    protected static Effect<TState, TEvent> Passivate() => None().ThenPassivate();
}

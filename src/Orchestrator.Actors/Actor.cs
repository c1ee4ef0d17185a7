namespace Orchestrator.Actors;

/// <summary>An actor without history: its state lives as long as the instance.</summary>
/// <remarks>
/// One turn at a time; an asynchronous handler keeps the turn until its task ends. A handler that throws fails the actor: the
/// asker gets the error, the instance is discarded, and a new one starts after the back-off of the restart policy.
/// </remarks>
/// <typeparam name="TMessage">The messages it takes.</typeparam>
public abstract class Actor<TMessage>
{
    /// <summary>Runs before the first message of this instance.</summary>
    protected internal virtual ValueTask OnStartedAsync(ActorContext<TMessage> context) => default;

    /// <summary>Handles one message.</summary>
    protected internal abstract ValueTask OnMessageAsync(TMessage message, ActorContext<TMessage> context);

    /// <summary>Runs when this instance ends, on stop as well as before a restart.</summary>
    protected internal virtual ValueTask OnStoppedAsync() => default;
}

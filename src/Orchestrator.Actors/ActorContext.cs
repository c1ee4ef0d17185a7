using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors;

/// <summary>What an <see cref="Actor{TMessage}"/> may do in a turn.</summary>
/// <typeparam name="TMessage">The messages the actor takes.</typeparam>
public sealed class ActorContext<TMessage> : TurnContext
{
    private readonly ActorCell<TMessage> _cell;
    private Envelope<TMessage> _current;

    internal ActorContext(ActorCell<TMessage> cell)
        : base(cell.System, cell.Name)
    {
        _cell = cell;
        Self = new ActorRef<TMessage>(cell);
    }

    /// <summary>The actor itself, for others to answer to.</summary>
    public ActorRef<TMessage> Self { get; }

    /// <summary>Answers the current message; without an asker the answer is dropped.</summary>
    public void Reply(object? reply) => ReplyTo?.TryReply(reply);

    /// <summary>Puts the current message aside, asker included, until <see cref="UnstashAll"/>. A full stash refuses it as busy.</summary>
    /// <returns>Whether there was room.</returns>
    public bool Stash() => _cell.Stash(_current);

    /// <summary>Puts all stashed messages back, in their original order and ahead of the mailbox.</summary>
    public void UnstashAll() => _cell.UnstashAll();

    /// <summary>Stops the actor after this turn.</summary>
    public void Stop() => _cell.StopAfterTurn();

    /// <summary>Sends <paramref name="message"/> to the actor itself after <paramref name="delay"/>.</summary>
    /// <remarks>In memory only: it dies with the actor. Starting a key again replaces it, also a tick already queued.</remarks>
    public void StartTimer(string key, TimeSpan delay, TMessage message) => _cell.Timers.Start(key, delay, message);

    /// <summary>Cancels a timer; a tick of it that is already queued is dropped.</summary>
    public void CancelTimer(string key) => _cell.Timers.Cancel(key);

    private protected override object Identity => _cell;

    internal void Begin(in Envelope<TMessage> envelope)
    {
        _current = envelope;
        ReplyTo = envelope.ReplyTo;
        CurrentOrigin = envelope.Origin;
    }
}

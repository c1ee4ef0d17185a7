using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors;

/// <summary>The address of an actor.</summary>
/// <typeparam name="TMessage">The messages it takes.</typeparam>
public sealed class ActorRef<TMessage>
{
    private readonly ActorCell<TMessage> _cell;

    internal ActorRef(ActorCell<TMessage> cell) => _cell = cell;

    /// <summary>The actor's name within the system.</summary>
    public string Name => _cell.Name;

    /// <summary>Completes when the actor has stopped for good.</summary>
    public Task WhenStopped => _cell.WhenStopped;

    /// <summary>Sends a message; messages of one sender arrive in order. Never blocks, never throws.</summary>
    public TellOutcome Tell(TMessage message)
    {
        var outcome = _cell.Deliver(new Envelope<TMessage>(message));
        if (outcome != TellOutcome.Accepted)
            _cell.System.DeadLetters.Add(Name, message, DeadLetters.ReasonOf(outcome));

        return outcome;
    }

    /// <summary>Sends a message and waits for the answer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timeout">How long to wait, on the system's time.</param>
    /// <param name="from">The context of the turn that asks, if any: lets the kernel refuse a cycle of asks.</param>
    /// <param name="cancellation">Ends the wait, not the work.</param>
    /// <exception cref="AskException">No answer; the reason says whether something may have been done.</exception>
    /// <exception cref="InvalidOperationException">The actor waits for this very turn.</exception>
    public Task<TReply> Ask<TReply>(
        TMessage message, TimeSpan timeout, TurnContext? from = null, CancellationToken cancellation = default)
    {
        var chain = from?.Chain;
        if (chain is not null && chain.Contains(_cell))
            throw AskChain.Cycle(Name);

        var ask = new PendingAsk<TReply>(Name, timeout, _cell.System.Time, _cell.System.DeadLetters, cancellation);
        var outcome = _cell.Deliver(new Envelope<TMessage>(message, ask, chain));
        if (outcome != TellOutcome.Accepted)
            ask.TryFail(Refusals.Of(outcome, Name, TimeSpan.Zero));

        return ask.Task;
    }

    /// <summary>Stops the actor after the turn it is in; what is left in the mailbox goes to the dead letters.</summary>
    public void Stop() => _cell.Stop();

    /// <inheritdoc />
    public override string ToString() => Name;
}

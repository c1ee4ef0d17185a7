using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors.Cells;

/// <summary>Runs an <see cref="Actor{TMessage}"/>.</summary>
internal sealed class PlainBehavior<T>(ActorCell<T> cell, Actor<T> actor) : Behavior<T>
{
    private readonly ActorContext<T> _context = new(cell);

    public override ValueTask StartAsync() => actor.OnStartedAsync(_context);

    public override ValueTask ReceiveAsync(Envelope<T> envelope)
    {
        _context.Begin(envelope);
        return actor.OnMessageAsync(envelope.Message, _context);
    }

    public override ValueTask StopAsync() => actor.OnStoppedAsync();
}

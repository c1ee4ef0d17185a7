using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors.Cells;

/// <summary>One incarnation of an actor, from start to stop or failure. A cell makes a new one for every restart.</summary>
internal abstract class Behavior<T>
{
    public abstract ValueTask StartAsync();

    public abstract ValueTask ReceiveAsync(Envelope<T> envelope);

    public abstract ValueTask StopAsync();
}

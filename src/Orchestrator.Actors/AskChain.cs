namespace Orchestrator.Actors;

/// <summary>The actors whose turns wait for an answer, newest first. Asking one of them again would wait for ever.</summary>
internal sealed class AskChain(object actor, AskChain? outer)
{
    public bool Contains(object other)
    {
        for (var link = this; link is not null; link = link.Outer)
        {
            if (ReferenceEquals(link.Actor, other))
                return true;
        }

        return false;
    }

    private object Actor { get; } = actor;

    private AskChain? Outer { get; } = outer;

    public static InvalidOperationException Cycle(string name) => new(
        $"{ActorErrorCodes.AskCycle}: actor '{name}' waits for this turn already, so asking it could never end. "
        + "Tell it instead and continue when its answer arrives as a message.");
}

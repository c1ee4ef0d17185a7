namespace Orchestrator.Actors;

/// <summary>What a turn knows besides its message. Valid within the turn only, and only on the turn's own flow.</summary>
public abstract class TurnContext
{
    private protected TurnContext(ActorSystem system, string name)
    {
        System = system;
        Name = name;
    }

    /// <summary>The system the actor lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>The actor's name.</summary>
    public string Name { get; }

    /// <summary>The one source of time.</summary>
    public TimeProvider Time => System.Time;

    /// <summary>The time now, UTC.</summary>
    public DateTimeOffset Now => System.Time.GetUtcNow();

    /// <summary>Who waits for the answer to the current message; null for a tell. May be kept and answered later.</summary>
    public ReplyTarget? ReplyTo { get; private protected set; }

    /// <summary>This turn as a link for asks it makes, so that a cycle of asks is refused and does not hang.</summary>
    internal AskChain Chain => new(Identity, CurrentOrigin as AskChain);

    private protected abstract object Identity { get; }

    private protected object? CurrentOrigin { get; set; }
}

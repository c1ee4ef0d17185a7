namespace Orchestrator.Domain;

/// <summary>What became of a command: facts to store, or a refusal.</summary>
public abstract record Decision
{
    private Decision() { }

    /// <summary>Accepted without any effect: the command was delivered before, or it comes too late to
    /// matter.</summary>
    public static Decision Nothing { get; } = new Accepted([]);

    /// <summary>Accepts with these facts.</summary>
    public static Decision Accept(params ReadOnlySpan<IEvent> events) =>
        events.IsEmpty ? Nothing : new Accepted(EventList.Create(events));

    /// <summary>Refuses for this reason.</summary>
    public static Decision Refuse(string code, string message, string advice) =>
        new Refused(new Refusal(code, message, advice));

    /// <summary>Accepted: the facts are to be stored all or none, in this order.</summary>
    public sealed record Accepted(EventList Events) : Decision;

    /// <summary>Refused: nothing happened.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;
}

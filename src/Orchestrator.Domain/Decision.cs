using System.Runtime.CompilerServices;

namespace Orchestrator.Domain;

/// <summary>A fact of the domain: it happened, it is stored, it is never changed.</summary>
public interface IEvent
{
    /// <summary>When it happened, UTC, as told by the command.</summary>
    DateTimeOffset At { get; }
}

/// <summary>What became of a command: facts to store, or a refusal.</summary>
public abstract record Decision
{
    private Decision() { }

    /// <summary>Accepted without any effect: the command was delivered before, or it comes too late to matter.</summary>
    public static Decision Nothing { get; } = new Accepted([]);

    /// <summary>Accepts with these facts.</summary>
    public static Decision Accept(params ReadOnlySpan<IEvent> events) =>
        events.IsEmpty ? Nothing : new Accepted(EventList.Create(events));

    /// <summary>Refuses for this reason.</summary>
    public static Decision Refuse(string code, string message, string advice) => new Refused(new Refusal(code, message, advice));

    /// <summary>Accepted: the facts are to be stored all or none, in this order.</summary>
    public sealed record Accepted(EventList Events) : Decision;

    /// <summary>Refused: nothing happened.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;
}

/// <summary>The facts of one decision, equal by value.</summary>
[CollectionBuilder(typeof(EventList), nameof(Create))]
public sealed class EventList : ValueList<IEvent>
{
    private EventList(ReadOnlySpan<IEvent> events) : base(events) { }

    /// <summary>Makes a list.</summary>
    public static EventList Create(ReadOnlySpan<IEvent> events) => new(events);
}

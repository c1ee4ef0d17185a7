using System.Runtime.CompilerServices;

namespace Orchestrator.Domain;

/// <summary>The facts of one decision, equal by value.</summary>
[CollectionBuilder(typeof(EventList), nameof(Create))]
public sealed class EventList : ValueList<IEvent>
{
    private EventList(ReadOnlySpan<IEvent> events) : base(events) { }

    /// <summary>Makes a list.</summary>
    public static EventList Create(ReadOnlySpan<IEvent> events) => new(events);
}

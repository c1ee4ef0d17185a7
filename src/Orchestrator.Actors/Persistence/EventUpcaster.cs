namespace Orchestrator.Actors.Persistence;

/// <summary>Turns one stored version of one event type into what it means a version later.</summary>
/// <param name="TypeId">The stored type.</param>
/// <param name="FromVersion">The version it takes, from 1.</param>
/// <param name="Upcast">
/// Pure, and kept as long as the journal: the event as the next version of its type, as events of other types, as several, or as
/// none where it no longer matters. Never called for a shredded event.
/// </param>
public sealed record EventUpcaster(int TypeId, short FromVersion, Func<EncodedEvent, IReadOnlyList<EncodedEvent>> Upcast);

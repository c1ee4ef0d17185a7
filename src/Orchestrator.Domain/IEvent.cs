namespace Orchestrator.Domain;

/// <summary>A fact of the domain: it happened, it is stored, it is never changed.</summary>
public interface IEvent
{
    /// <summary>When it happened, UTC, as told by the command.</summary>
    DateTimeOffset At { get; }
}

using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Projections;

/// <summary>A read model as a pure fold: an event and the rows it concerns become changes of rows.</summary>
/// <remarks>
/// Events of one shard come in order, each exactly once as far as the rows can tell: rows and the shard's offset change in one
/// transaction. A row belongs to the shard whose event made it; a store refuses to let another shard change it, because two shards
/// advance independently.
/// </remarks>
public abstract class Projection
{
    /// <summary>Which projection, in which version.</summary>
    public abstract ProjectionId Id { get; }

    /// <summary>What becomes of an event that cannot be handled.</summary>
    public virtual PoisonPolicy OnPoison => PoisonPolicy.SetAside;

    /// <summary>The keys of the rows that <see cref="Handle"/> wants to see for this event.</summary>
    public virtual IReadOnlyList<string> Reads(ProjectedEvent @event) => [];

    /// <summary>The changes an event makes. No clock, no I/O, no memory of its own. Throwing makes the event a poison event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="rows">Finds the rows asked for by <see cref="Reads"/>, as the events before have left them; null when there is none.</param>
    public abstract IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows);
}

/// <summary>What becomes of an event that a projection cannot handle, after a few attempts.</summary>
public enum PoisonPolicy
{
    /// <summary>It is noted as a dead letter, and the projection goes on behind it.</summary>
    SetAside = 1,

    /// <summary>The projection stops for the event's shard until the node starts again: no row is ever wrong.</summary>
    Halt = 2,
}

/// <summary>A stored event on its way into a read model.</summary>
/// <param name="ShardId">Its shard.</param>
/// <param name="Stored">The event.</param>
public readonly record struct ProjectedEvent(int ShardId, JournalEvent Stored);

namespace Orchestrator.Domain.Machines;

/// <summary>A failover until it is committed or cancelled.</summary>
/// <param name="Operation">The request.</param>
/// <param name="Kind">Planned or not.</param>
/// <param name="Point">The point to start from, or null for the latest one there is when the replica is
/// activated.</param>
/// <param name="Activation">The fencing number of the target's activation.</param>
/// <param name="SourceEndedAt">Until when the source may have written: what was lost is counted up to here.</param>
/// <param name="SourceStopped">Whether the source machine is known to have been shut down.</param>
/// <param name="SourceFenced">Whether the source is known to refuse writes.</param>
public sealed record Failover(
    OperationId Operation,
    FailoverKind Kind,
    RecoveryPointId? Point,
    long Activation,
    DateTimeOffset SourceEndedAt,
    bool SourceStopped,
    bool SourceFenced)
{
    /// <summary>How much time's worth of writes is lost at most when the machine goes on from this point.</summary>
    /// <remarks>A final point was cut after the source had refused its last write: nothing can have followed it.</remarks>
    internal TimeSpan LossFrom(RecoveryPoint point) =>
        point.Kind != RecoveryPointKind.Final && SourceEndedAt > point.TakenAt ? SourceEndedAt - point.TakenAt : TimeSpan.Zero;
}

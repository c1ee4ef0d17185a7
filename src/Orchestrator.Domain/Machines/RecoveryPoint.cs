namespace Orchestrator.Domain.Machines;

/// <summary>A common instant of all disks of a machine that the replica can go back to.</summary>
/// <param name="Id">Which.</param>
/// <param name="Epoch">The epoch that ends here, in the source's count.</param>
/// <param name="Sequence">The mark's number in the source's write order: the point holds every write below it.</param>
/// <param name="Kind">How consistent.</param>
/// <param name="TakenAt">When all disks stood still, UTC, by the source's clock.</param>
/// <param name="AvailableAt">When the target had it durably, UTC.</param>
/// <param name="Rpo">The age of the newest data the target had just before this point became available.</param>
public sealed record RecoveryPoint(
    RecoveryPointId Id,
    long Epoch,
    long Sequence,
    RecoveryPointKind Kind,
    DateTimeOffset TakenAt,
    DateTimeOffset AvailableAt,
    TimeSpan Rpo);

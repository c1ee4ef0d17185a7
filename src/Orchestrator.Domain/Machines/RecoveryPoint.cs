namespace Orchestrator.Domain.Machines;

/// <summary>How consistent a recovery point is; the numbers are stored.</summary>
public enum RecoveryPointKind
{
    /// <summary>As after a power cut.</summary>
    CrashConsistent = 1,

    /// <summary>The applications had written everything out.</summary>
    ApplicationConsistent = 2,

    /// <summary>The last point of a planned failover: the machine had stopped, nothing follows.</summary>
    Final = 3,
}

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

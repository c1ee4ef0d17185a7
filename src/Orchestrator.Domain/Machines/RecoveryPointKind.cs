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

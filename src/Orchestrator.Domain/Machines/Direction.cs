namespace Orchestrator.Domain.Machines;

/// <summary>Which way a machine replicates; the numbers are stored.</summary>
public enum Direction
{
    /// <summary>From the primary site to the recovery site.</summary>
    Forward = 1,

    /// <summary>From the recovery site to the primary site.</summary>
    Reverse = 2,
}

namespace Orchestrator.Domain.Machines;

/// <summary>How well a machine is; the numbers are stored.</summary>
public enum HealthLevel
{
    /// <summary>Nothing to do.</summary>
    Normal = 0,

    /// <summary>Something is wrong that may heal by itself, or should be looked at.</summary>
    Warning = 1,

    /// <summary>Somebody must act.</summary>
    Critical = 2,
}

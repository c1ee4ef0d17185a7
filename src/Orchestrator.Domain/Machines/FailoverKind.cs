namespace Orchestrator.Domain.Machines;

/// <summary>The kinds of a real failover; the numbers are stored.</summary>
public enum FailoverKind
{
    /// <summary>The source is shut down and drained first: nothing is lost.</summary>
    Planned = 1,

    /// <summary>The source may be gone.</summary>
    Unplanned = 2,
}

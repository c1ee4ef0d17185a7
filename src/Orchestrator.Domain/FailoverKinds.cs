namespace Orchestrator.Domain;

/// <summary>The kinds of failover a direction has.</summary>
[Flags]
public enum FailoverKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A copy on an isolated network.</summary>
    Test = 1,

    /// <summary>The source is shut down first; nothing is lost.</summary>
    Planned = 2,

    /// <summary>The source may be gone.</summary>
    Unplanned = 4,
}

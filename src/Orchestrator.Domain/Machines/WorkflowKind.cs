namespace Orchestrator.Domain.Machines;

/// <summary>The kinds of workflow; the numbers are stored.</summary>
public enum WorkflowKind
{
    /// <summary>Enables protection.</summary>
    Enable = 1,

    /// <summary>A planned failover.</summary>
    PlannedFailover = 2,

    /// <summary>An unplanned failover.</summary>
    UnplannedFailover = 3,

    /// <summary>Starts a copy for a test.</summary>
    TestFailover = 4,

    /// <summary>Removes the copy.</summary>
    Cleanup = 5,

    /// <summary>Goes to another recovery point.</summary>
    ChangePoint = 6,

    /// <summary>Goes back to the source.</summary>
    Cancel = 7,

    /// <summary>Makes a failover final.</summary>
    Commit = 8,

    /// <summary>Prepares replication the other way.</summary>
    Reverse = 9,

    /// <summary>Ends protection.</summary>
    Disable = 10,
}

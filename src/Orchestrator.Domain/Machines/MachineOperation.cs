namespace Orchestrator.Domain.Machines;

/// <summary>What an operator can ask of a machine; the numbers are stored.</summary>
public enum MachineOperation
{
    /// <summary>Enable protection.</summary>
    Enable = 1,

    /// <summary>Start a copy for a test.</summary>
    TestFailover = 2,

    /// <summary>Remove the copy.</summary>
    CleanUpTest = 3,

    /// <summary>Fail over without loss.</summary>
    PlannedFailover = 4,

    /// <summary>Fail over whatever the source does.</summary>
    UnplannedFailover = 5,

    /// <summary>Go to another recovery point.</summary>
    ChangePoint = 6,

    /// <summary>Make the failover final.</summary>
    Commit = 7,

    /// <summary>Go back to the source.</summary>
    Cancel = 8,

    /// <summary>Replicate the other way.</summary>
    ReverseReplicate = 9,

    /// <summary>Try at once what has failed.</summary>
    Resume = 10,

    /// <summary>Compare source and replica.</summary>
    Resync = 11,

    /// <summary>End protection.</summary>
    Disable = 12,
}

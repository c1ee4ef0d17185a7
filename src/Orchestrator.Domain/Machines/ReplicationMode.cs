namespace Orchestrator.Domain.Machines;

/// <summary>What the link is to do.</summary>
public enum ReplicationMode
{
    /// <summary>Nothing; no session is to be open.</summary>
    None = 0,

    /// <summary>Copy the disks in full, then ship changes.</summary>
    Initial = 1,

    /// <summary>Compare the disks and copy what differs, then ship changes.</summary>
    Resync = 2,

    /// <summary>Ship changes.</summary>
    Delta = 3,
}

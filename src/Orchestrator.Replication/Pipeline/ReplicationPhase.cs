namespace Orchestrator.Replication.Pipeline;

/// <summary>What a session is doing.</summary>
public enum ReplicationPhase
{
    /// <summary>Created, not run yet.</summary>
    Idle = 0,

    /// <summary>Opening the session at the target.</summary>
    Opening = 1,

    /// <summary>Copying the disks for the first time; changes flow beside it.</summary>
    InitialCopy = 2,

    /// <summary>Comparing the disks and copying what differs; changes flow beside it.</summary>
    Resync = 3,

    /// <summary>Sending changes only.</summary>
    Delta = 4,

    /// <summary>Ended because it was asked to.</summary>
    Stopped = 5,

    /// <summary>Ended by <see cref="ReplicationStatus.LastError"/>.</summary>
    Failed = 6,
}

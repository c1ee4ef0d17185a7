namespace Orchestrator.Replication.Pipeline;

/// <summary>What a session begins with.</summary>
public enum ReplicationMode
{
    /// <summary>Nothing but changes: the replica continues where it is. A copy that was begun earlier is finished first.</summary>
    Delta = 0,

    /// <summary>A full copy of what is allocated, then changes.</summary>
    Initial = 1,

    /// <summary>A copy of the blocks that differ from the replica's, then changes.</summary>
    Resync = 2,
}

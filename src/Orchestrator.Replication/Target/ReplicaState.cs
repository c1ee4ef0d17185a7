namespace Orchestrator.Replication.Target;

/// <summary>What a replica is there for at the moment.</summary>
public enum ReplicaState
{
    /// <summary>It takes batches and applies them.</summary>
    Receiving = 0,

    /// <summary>The machine runs here from a point; the point can still be changed or the failover cancelled.</summary>
    Active = 1,

    /// <summary>A commit has begun: there is no way back, it only has to be finished.</summary>
    Committing = 2,

    /// <summary>The disks are the machine's own; points and history are gone.</summary>
    Committed = 3,
}

namespace Orchestrator.Replication.Target;

/// <summary>What it takes to go on after an error.</summary>
internal enum FaultScope
{
    /// <summary>It goes on by itself.</summary>
    Retry,

    /// <summary>The next session brings the damaged batch again.</summary>
    Session,

    /// <summary>The undo history is damaged: only a new incarnation, a resync, goes on.</summary>
    History,

    /// <summary>What is durable is unknown: the store must be opened anew.</summary>
    Store,
}

/// <summary>Why the replica does not go on.</summary>
internal sealed record ReplicaFault(FaultScope Scope, ReplicationException Error, long? Batch = null)
{
    /// <summary>A fresh exception for one more caller.</summary>
    public ReplicationException ToException() => new(Error.Code, Error.Message, Error.IsTransient, Error);
}

namespace Orchestrator.Actors;

/// <summary>What became of a told message.</summary>
public enum TellOutcome
{
    /// <summary>It is in the mailbox. It is handled unless the process or the actor dies first.</summary>
    Accepted = 1,

    /// <summary>The mailbox or stash is full; send later, or shed load.</summary>
    Busy = 2,

    /// <summary>The entity backs off, is quarantined, or its shard is not here; send later.</summary>
    Unavailable = 3,

    /// <summary>The actor or the system has stopped; the message went to the dead letters.</summary>
    Stopped = 4,
}

namespace Orchestrator.Actors;

/// <summary>Why an ask got no answer.</summary>
public enum AskFailure
{
    /// <summary>The deadline passed. The command may still be carried out: retry with the same operation id.</summary>
    Timeout = 1,

    /// <summary>The mailbox is full; nothing was done.</summary>
    Busy = 2,

    /// <summary>The entity backs off, is quarantined, or its shard is not here; nothing was done.</summary>
    Unavailable = 3,

    /// <summary>The actor or the system has stopped; nothing was done.</summary>
    Stopped = 4,

    /// <summary>The command was refused before anything was written: it could not be encoded.</summary>
    Rejected = 5,

    /// <summary>The actor failed while handling it. Events may have been stored: retry with the same operation id.</summary>
    Failed = 6,

    /// <summary>The journal did not confirm the events. They may have been stored: retry with the same operation id.</summary>
    NotConfirmed = 7,

    /// <summary>The answer has another type than was asked for.</summary>
    WrongReplyType = 8,
}

namespace Orchestrator.Actors;

/// <summary>Why a message ended as a dead letter.</summary>
public enum DeadLetterReason
{
    /// <summary>The recipient had stopped.</summary>
    Stopped = 1,

    /// <summary>The recipient's mailbox, stash or buffer was full.</summary>
    Busy = 2,

    /// <summary>The recipient was backing off or elsewhere.</summary>
    Unavailable = 3,

    /// <summary>An answer came after the asker had given up.</summary>
    LateReply = 4,
}

namespace Orchestrator.TestKit;

/// <summary>How the next append of an <see cref="InMemoryJournal"/> goes wrong.</summary>
public enum JournalFault
{
    /// <summary>A transient error; nothing is stored.</summary>
    Transient = 1,

    /// <summary>No space is left; nothing is stored, a retry may succeed once there is room.</summary>
    Full = 2,

    /// <summary>The store refuses for good; nothing is stored.</summary>
    Permanent = 3,

    /// <summary>The connection is lost before the commit: outcome unknown, nothing stored.</summary>
    LostBeforeCommit = 4,

    /// <summary>The connection is lost after the commit: outcome unknown, all stored.</summary>
    LostAfterCommit = 5,

    /// <summary>The process dies before the commit: nothing stored, no answer, no further call works.</summary>
    CrashBeforeCommit = 6,

    /// <summary>The process dies after the commit: all stored, no answer, no further call works.</summary>
    CrashAfterCommit = 7,

    /// <summary>The commit is made and the call hangs, until <see cref="InMemoryJournal.Release"/>.</summary>
    SilentAfterCommit = 8,

    /// <summary>Another node takes the shards just before: nothing is stored, the writer is fenced.</summary>
    FenceLoss = 9,

    /// <summary>It takes <see cref="InMemoryJournal.SlowAppend"/> longer than usual, and is stored.</summary>
    Slow = 10,

    /// <summary>It arrives twice: stored by the first, and the answer is that of the second.</summary>
    Duplicate = 11,

    /// <summary>The connection is lost on the way there, and it arrives behind its time, just before the next append.</summary>
    Reordered = 12,
}

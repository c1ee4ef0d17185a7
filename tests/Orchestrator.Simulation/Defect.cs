namespace Orchestrator.Simulation;

/// <summary>A bug put in on purpose, to show that a check finds it.</summary>
public enum Defect
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The journal stores what a fenced writer sends.</summary>
    UnfencedJournal = 1,

    /// <summary>A site starts a machine again when the same operation asks again.</summary>
    RepeatedEffects = 2,

    /// <summary>The journal loses the reminders written with an event.</summary>
    DroppedReminders = 3,

    /// <summary>A site says that it refuses writes, and does not.</summary>
    IgnoredFence = 4,

    /// <summary>The journal says that it has stored what a failed flush has lost.</summary>
    SwallowedFlush = 5,
}

namespace Orchestrator.Domain.Machines;

/// <summary>The steps of the workflows; the numbers are stored. Every step can be repeated: it is keyed by operation
/// and step.</summary>
public enum Step
{
    /// <summary>Begins to capture the writes of the active machine.</summary>
    AttachSource = 1,

    /// <summary>Makes an empty replica at the standby site.</summary>
    PrepareReplica = 2,

    /// <summary>Shuts the source machine down cleanly; fails if it does not stop.</summary>
    QuiesceSource = 3,

    /// <summary>Ships what is logged and takes the final recovery point.</summary>
    DrainChanges = 4,

    /// <summary>Makes sure that the replica holds the final point.</summary>
    VerifyReplica = 5,

    /// <summary>Makes the source refuse writes under the old fencing number.</summary>
    FenceSource = 6,

    /// <summary>Makes the replica writable at the chosen point under the new fencing number.</summary>
    ActivateReplica = 7,

    /// <summary>Starts the machine on the replica.</summary>
    StartMachine = 8,

    /// <summary>Tries to shut the source machine down and to get its last changes.</summary>
    StopSource = 9,

    /// <summary>Opens a writable copy of a point beside the replica.</summary>
    OpenTestReplica = 10,

    /// <summary>Starts the test machine on the copy, on an isolated network.</summary>
    StartTestMachine = 11,

    /// <summary>Stops the test machine.</summary>
    StopTestMachine = 12,

    /// <summary>Throws the copy away.</summary>
    CloseTestReplica = 13,

    /// <summary>Stops the machine that runs on the replica.</summary>
    StopMachine = 14,

    /// <summary>Throws away what was written to the activated replica; all points stay.</summary>
    DeactivateReplica = 15,

    /// <summary>Makes the source writable under the new fencing number and starts its machine.</summary>
    ResumeSource = 16,

    /// <summary>Merges the chosen point and what was written since into the disks and deletes all points.</summary>
    CommitReplica = 17,

    /// <summary>Ends capture at the former source, fenced from here on, so that its disks can serve as the
    /// seed.</summary>
    ReleaseSource = 18,

    /// <summary>Makes a replica out of the former source's disks.</summary>
    PrepareReverseReplica = 19,

    /// <summary>Stops the link.</summary>
    StopReplication = 20,

    /// <summary>Deletes what protection made at the standby site; disks that were there before stay.</summary>
    RemoveReplica = 21,

    /// <summary>Ends capture at the active machine.</summary>
    DetachSource = 22,
}

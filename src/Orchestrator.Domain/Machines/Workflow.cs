using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>The kinds of workflow; the numbers are stored.</summary>
public enum WorkflowKind
{
    /// <summary>Enables protection.</summary>
    Enable = 1,

    /// <summary>A planned failover.</summary>
    PlannedFailover = 2,

    /// <summary>An unplanned failover.</summary>
    UnplannedFailover = 3,

    /// <summary>Starts a copy for a test.</summary>
    TestFailover = 4,

    /// <summary>Removes the copy.</summary>
    Cleanup = 5,

    /// <summary>Goes to another recovery point.</summary>
    ChangePoint = 6,

    /// <summary>Goes back to the source.</summary>
    Cancel = 7,

    /// <summary>Makes a failover final.</summary>
    Commit = 8,

    /// <summary>Prepares replication the other way.</summary>
    Reverse = 9,

    /// <summary>Ends protection.</summary>
    Disable = 10,
}

/// <summary>The steps of the workflows; the numbers are stored. Every step can be repeated: it is keyed by operation and step.</summary>
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

    /// <summary>Ends capture at the former source, fenced from here on, so that its disks can serve as the seed.</summary>
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

/// <summary>Steps in order, equal by value.</summary>
[CollectionBuilder(typeof(StepList), nameof(Create))]
public sealed class StepList : ValueList<Step>
{
    private StepList(ReadOnlySpan<Step> steps) : base(steps) { }

    /// <summary>Makes a list.</summary>
    public static StepList Create(ReadOnlySpan<Step> steps) => new(steps);

    internal int IndexOf(Step step) => Items.IndexOf(step);
}

/// <summary>How the current step of a workflow last failed.</summary>
/// <param name="Code">The stable code of the error.</param>
/// <param name="Message">What happened.</param>
/// <param name="Attempt">How many attempts in a row have failed.</param>
/// <param name="RetryAt">When it is tried again, or null when it waits for an operator.</param>
public sealed record StepFailure(string Code, string Message, int Attempt, DateTimeOffset? RetryAt);

/// <summary>Steps under way.</summary>
/// <param name="Operation">The request that started it; with the step, the key of each effect.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Steps">Its steps as decided when it started.</param>
/// <param name="Next">The index of the first step that is not done.</param>
/// <param name="Started">Whether that step has been started, so that its effect may exist.</param>
/// <param name="Failure">How that step last failed, or null.</param>
/// <param name="Caller">Who asked for it.</param>
public sealed record Workflow(
    OperationId Operation, WorkflowKind Kind, StepList Steps, int Next, bool Started, StepFailure? Failure, string Caller)
{
    /// <summary>The step that is due, or null after the last one.</summary>
    public Step? Current => Next < Steps.Count ? Steps[Next] : null;

    /// <summary>Whether only an operator can make it go on.</summary>
    public bool WaitsForOperator => !Started && Failure is { RetryAt: null };

    /// <summary>Whether the step failed and is not being tried again at this moment.</summary>
    public bool HasFailed => !Started && Failure is not null;

    internal static Workflow Start(OperationId operation, WorkflowKind kind, StepList steps, string caller) =>
        new(operation, kind, steps, 0, false, null, caller);

    /// <summary>Whether the step is done.</summary>
    internal bool HasDone(Step step) => Steps.IndexOf(step) is >= 0 and var index && index < Next;

    /// <summary>Whether the step's effect may exist.</summary>
    internal bool HasBegun(Step step) => HasDone(step) || (Current == step && (Started || Failure is not null));

    internal Workflow StepBegun() => this with { Started = true };

    internal Workflow StepDone() => this with { Next = Next + 1, Started = false, Failure = null };

    internal Workflow StepFailed(StepFailure failure) => this with { Started = false, Failure = failure };

    /// <summary>The failures so far keep counting, or a step that may be left out never would be.</summary>
    internal Workflow Resumed(DateTimeOffset at) => Failure is null ? this : this with { Failure = Failure with { RetryAt = at } };
}

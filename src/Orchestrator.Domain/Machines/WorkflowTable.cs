using System.Diagnostics;

namespace Orchestrator.Domain.Machines;

/// <summary>The steps of every workflow, and which of them may be left out after failures.</summary>
public static class WorkflowTable
{
    private const int PatientAttempts = 3;

    /// <summary>The full list of steps; a cancel or a disable takes those that apply.</summary>
    public static StepList StepsOf(WorkflowKind kind) => kind switch
    {
        WorkflowKind.Enable => [Step.AttachSource, Step.PrepareReplica],
        WorkflowKind.PlannedFailover =>
        [
            Step.QuiesceSource, Step.DrainChanges, Step.VerifyReplica, Step.FenceSource, Step.ActivateReplica,
            Step.StartMachine,
        ],
        WorkflowKind.UnplannedFailover => [Step.StopSource, Step.FenceSource, Step.ActivateReplica, Step.StartMachine],
        WorkflowKind.TestFailover => [Step.OpenTestReplica, Step.StartTestMachine],
        WorkflowKind.Cleanup => [Step.StopTestMachine, Step.CloseTestReplica],
        WorkflowKind.ChangePoint => [Step.StopMachine, Step.DeactivateReplica, Step.ActivateReplica, Step.StartMachine],
        WorkflowKind.Cancel => [Step.StopMachine, Step.DeactivateReplica, Step.ResumeSource],
        WorkflowKind.Commit => [Step.CommitReplica],
        WorkflowKind.Reverse => [Step.ReleaseSource, Step.PrepareReverseReplica, Step.AttachSource],
        WorkflowKind.Disable =>
        [
            Step.StopTestMachine, Step.CloseTestReplica, Step.ReleaseSource, Step.StopReplication, Step.RemoveReplica,
            Step.DetachSource,
        ],
        _ => throw new UnreachableException($"Workflow {kind} has no steps."),
    };

    /// <summary>After how many failed attempts a step is left out and the workflow goes on; null for a step that must
    /// succeed.</summary>
    /// <remarks>An unplanned failover must not wait for a site that is gone; ending protection tries a little longer,
    /// for what it leaves behind at a site that is gone is for good.</remarks>
    public static int? AttemptsBeforeSkip(WorkflowKind kind, Step step) => (kind, step) switch
    {
        (WorkflowKind.UnplannedFailover, Step.StopSource or Step.FenceSource) => 1,
        (WorkflowKind.Disable, _) => PatientAttempts,
        _ => null,
    };

    /// <summary>What undoes a failover, given what it has begun or found already begun.</summary>
    /// <remarks>The source is resumed always, for it becomes active under a new fencing number.</remarks>
    internal static StepList CancelSteps(Workflow failover) =>
    [
        .. StepsOf(WorkflowKind.Cancel).Where(step => step switch
        {
            Step.StopMachine => failover.Steps.Contains(Step.StopMachine) || failover.HasBegun(Step.StartMachine),
            Step.DeactivateReplica =>
                failover.Steps.Contains(Step.DeactivateReplica) || failover.HasBegun(Step.ActivateReplica),
            _ => true,
        }),
    ];

    /// <summary>A failover that interrupts a cancel: what the cancel has not undone yet is undone before the replica is
    /// activated.</summary>
    internal static StepList FailoverSteps(FailoverKind kind, Workflow? cancel)
    {
        var steps = StepsOf(
            kind == FailoverKind.Planned ? WorkflowKind.PlannedFailover : WorkflowKind.UnplannedFailover);
        if (cancel is null) return steps;
        var undo = cancel.Steps.Skip(cancel.Next).Where(step => step is Step.StopMachine or Step.DeactivateReplica);
        var activate = steps.IndexOf(Step.ActivateReplica);
        return [.. steps.Take(activate), .. undo, .. steps.Skip(activate)];
    }

    /// <summary>What ends protection, given what there is to undo.</summary>
    internal static StepList DisableSteps(ProtectedMachine.State state)
    {
        StepList test = state is ProtectedMachine.State.Protected { Test: var open } ? CleanupSteps(open) : [];
        var preparing = ProtectedMachine.WorkflowOf(state);
        return [.. StepsOf(WorkflowKind.Disable).Where(step => test.Contains(step) || Applies(step))];

        bool Applies(Step step) => (step, state) switch
        {
            (Step.StopTestMachine or Step.CloseTestReplica, _) => false,
            (Step.ReleaseSource, _) => state is ProtectedMachine.State.Committed or ProtectedMachine.State.Reversing,
            (_, ProtectedMachine.State.Committed) => false,
            (Step.RemoveReplica, ProtectedMachine.State.Enabling) => preparing!.HasBegun(Step.PrepareReplica),
            (Step.RemoveReplica, ProtectedMachine.State.Reversing) => preparing!.HasBegun(Step.PrepareReverseReplica),
            (Step.DetachSource, ProtectedMachine.State.Enabling or ProtectedMachine.State.Reversing) =>
                preparing!.HasBegun(Step.AttachSource),
            (Step.StopReplication, _) =>
                state is ProtectedMachine.State.InitialReplication or ProtectedMachine.State.Protected,
            _ => true,
        };
    }

    /// <summary>What removes the test copy, given what has begun.</summary>
    internal static StepList CleanupSteps(TestState test) => test switch
    {
        TestState.Starting { Workflow: var starting } =>
            starting.HasBegun(Step.StartTestMachine) ? StepsOf(WorkflowKind.Cleanup)
            : starting.HasBegun(Step.OpenTestReplica) ? [Step.CloseTestReplica]
            : [],
        TestState.None => [],
        _ => StepsOf(WorkflowKind.Cleanup),
    };
}

namespace Orchestrator.Domain.Machines;

/// <summary>Steps under way.</summary>
/// <param name="Operation">The request that started it; with the step, the key of each effect.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Steps">Its steps as decided when it started.</param>
/// <param name="Next">The index of the first step that is not done.</param>
/// <param name="Started">Whether that step has been started, so that its effect may exist.</param>
/// <param name="Failure">How that step last failed, or null.</param>
/// <param name="Caller">Who asked for it.</param>
public sealed record Workflow(
    OperationId Operation, WorkflowKind Kind, StepList Steps, int Next, bool Started, StepFailure? Failure,
    string Caller)
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
    internal Workflow Resumed(DateTimeOffset at) =>
        Failure is null ? this : this with { Failure = Failure with { RetryAt = at } };
}

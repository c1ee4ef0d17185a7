namespace Orchestrator.Domain.Machines;

/// <summary>The step that is due, with all it takes to carry it out.</summary>
/// <param name="Operation">The request; with the step, the key of its effect.</param>
/// <param name="Workflow">The kind of workflow.</param>
/// <param name="Step">The step.</param>
/// <param name="Started">Whether its effect may exist already: ask the world before doing it again.</param>
/// <param name="NotBefore">When a failed step is to be tried again; null for at once.</param>
/// <param name="Protection">The machine as it was when the operation began: its sites keep their roles during a
/// failover.</param>
/// <param name="Activation">The fencing number to act under.</param>
/// <param name="Point">The point to activate or to copy; null for a step that needs none.</param>
public sealed record PendingStep(
    OperationId Operation,
    WorkflowKind Workflow,
    Step Step,
    bool Started,
    DateTimeOffset? NotBefore,
    Protection Protection,
    long Activation,
    RecoveryPointId? Point);

namespace Orchestrator.Domain.Machines;

/// <summary>The step that is due, with all it takes to carry it out.</summary>
/// <param name="Operation">The request; with the step, the key of its effect.</param>
/// <param name="Workflow">The kind of workflow.</param>
/// <param name="Step">The step.</param>
/// <param name="Started">Whether its effect may exist already: ask the world before doing it again.</param>
/// <param name="NotBefore">When a failed step is to be tried again; null for at once.</param>
/// <param name="Protection">The machine as it was when the operation began: its sites keep their roles during a failover.</param>
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

/// <summary>What the link is to do.</summary>
public enum ReplicationMode
{
    /// <summary>Nothing; no session is to be open.</summary>
    None = 0,

    /// <summary>Copy the disks in full, then ship changes.</summary>
    Initial = 1,

    /// <summary>Compare the disks and copy what differs, then ship changes.</summary>
    Resync = 2,

    /// <summary>Ship changes.</summary>
    Delta = 3,
}

/// <summary>Whether and which way replication should run now.</summary>
/// <param name="Mode">What to do.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Activation">The fencing number of the session; its reports carry it.</param>
public readonly record struct ReplicationIntent(ReplicationMode Mode, Direction Direction, long Activation);

/// <summary>Whether an operator may ask for something now.</summary>
/// <param name="Operation">What.</param>
/// <param name="Refusal">Why not, or null if it is allowed.</param>
public sealed record OperationVerdict(MachineOperation Operation, Refusal? Refusal)
{
    /// <summary>Whether it is allowed.</summary>
    public bool IsAllowed => Refusal is null;
}

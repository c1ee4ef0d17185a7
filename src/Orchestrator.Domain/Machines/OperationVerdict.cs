namespace Orchestrator.Domain.Machines;

/// <summary>Whether an operator may ask for something now.</summary>
/// <param name="Operation">What.</param>
/// <param name="Refusal">Why not, or null if it is allowed.</param>
public sealed record OperationVerdict(MachineOperation Operation, Refusal? Refusal)
{
    /// <summary>Whether it is allowed.</summary>
    public bool IsAllowed => Refusal is null;
}

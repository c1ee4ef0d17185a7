namespace Orchestrator.Domain.Machines;

/// <summary>An accepted request.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Operation">What was asked.</param>
public readonly record struct AcceptedOperation(OperationId Id, MachineOperation Operation);

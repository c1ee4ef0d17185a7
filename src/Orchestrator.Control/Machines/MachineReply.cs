using Orchestrator.Domain;
using Orchestrator.Domain.Machines;

namespace Orchestrator.Control.Machines;

/// <summary>What a machine's actor answers to a command.</summary>
public abstract record MachineReply
{
    private MachineReply() { }

    /// <summary>The machine's state, durable.</summary>
    public abstract ProtectedMachine.State State { get; init; }

    /// <summary>Taken on (or taken on before); what it led to is durable.</summary>
    public sealed record Accepted(ProtectedMachine.State State) : MachineReply;

    /// <summary>Refused; nothing changed.</summary>
    public sealed record Refused(Refusal Refusal, ProtectedMachine.State State) : MachineReply;
}

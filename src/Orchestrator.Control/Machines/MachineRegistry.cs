using System.Collections.Concurrent;
using Orchestrator.Domain.Machines;

namespace Orchestrator.Control.Machines;

/// <summary>The last durable state of every machine of this node, for those who look at all of them.</summary>
public sealed class MachineRegistry
{
    private readonly ConcurrentDictionary<string, MachineSnapshot> _machines = new(StringComparer.Ordinal);

    /// <summary>All machines ever seen, ordered by name.</summary>
    public IReadOnlyList<MachineSnapshot> All => [.. _machines.Values.OrderBy(machine => machine.Name, StringComparer.Ordinal)];

    /// <summary>One machine, or null.</summary>
    public MachineSnapshot? Find(string name) => _machines.GetValueOrDefault(name);

    /// <summary>Called by the actor after what led to the state is durable; an older state never replaces a newer one.</summary>
    internal void Publish(string name, long sequenceNr, ProtectedMachine.State state) => _machines.AddOrUpdate(
        name, new MachineSnapshot(name, sequenceNr, state),
        (_, known) => known.SequenceNr > sequenceNr ? known : new MachineSnapshot(name, sequenceNr, state));
}

/// <summary>A machine at one point of its history.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SequenceNr">The last event in it.</param>
/// <param name="State">The state.</param>
public sealed record MachineSnapshot(string Name, long SequenceNr, ProtectedMachine.State State);

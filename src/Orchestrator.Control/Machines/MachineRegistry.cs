using System.Collections.Concurrent;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Machines;

/// <summary>The last durable state of every machine that this node serves, for those who look at all of them.</summary>
/// <remarks>What was learnt under a term that the node no longer holds is not shown: another node may have gone on from there.</remarks>
/// <param name="isHeld">Whether this node acts under the term now.</param>
public sealed class MachineRegistry(Func<ControlTerm, bool> isHeld)
{
    private readonly ConcurrentDictionary<string, MachineSnapshot> _machines = new(StringComparer.Ordinal);

    /// <summary>All machines in the care of this node, ordered by name.</summary>
    public IReadOnlyList<MachineSnapshot> All =>
        [.. _machines.Values.Where(machine => isHeld(machine.Term)).OrderBy(machine => machine.Name, StringComparer.Ordinal)];

    /// <summary>One machine; null when there is none, or it is in the care of another node.</summary>
    public MachineSnapshot? Find(string name) => _machines.GetValueOrDefault(name) is { } machine && isHeld(machine.Term) ? machine : null;

    /// <summary>Called by the actor after what led to the state is durable; an older state never replaces a newer one.</summary>
    internal void Publish(MachineSnapshot machine) =>
        _machines.AddOrUpdate(machine.Name, machine, (_, known) => IsNewer(known, machine) ? known : machine);

    /// <summary>Drops the machines of a shard that has left this node.</summary>
    internal void Forget(int shardId)
    {
        foreach (var machine in _machines.Where(entry => entry.Value.Term.Shard == shardId && !isHeld(entry.Value.Term)))
        {
            _machines.TryRemove(machine);
        }
    }

    private static bool IsNewer(MachineSnapshot known, MachineSnapshot machine) =>
        known.Term.Epoch > machine.Term.Epoch || (known.Term.Epoch == machine.Term.Epoch && known.SequenceNr > machine.SequenceNr);
}

/// <summary>A machine at one point of its history.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SequenceNr">The last event in it.</param>
/// <param name="State">The state.</param>
/// <param name="Term">The term of the actor that was in this state.</param>
public sealed record MachineSnapshot(string Name, long SequenceNr, ProtectedMachine.State State, ControlTerm Term);

namespace Orchestrator.Replication.Sites;

/// <summary>The right under which a control node acts on a machine.</summary>
/// <remarks>
/// A site remembers the highest term it has seen of each machine and refuses lower ones with <see cref="ErrorCodes.ControlFenced"/>:
/// a node that has lost a machine to another one, and does not know it yet, does no harm. The number is the control plane's; the data
/// plane is fenced by activation numbers of its own.
/// </remarks>
/// <param name="Shard">The shard of the journal that the machine belongs to, for ever.</param>
/// <param name="Epoch">The epoch under which the node that decided owns the shard: every change of owner raises it.</param>
public readonly record struct ControlTerm(int Shard, long Epoch);

using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence.Merkle;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Builds each shard's tree anew from its events, and compares it with every checkpoint on the way. Pure.</summary>
/// <remarks>That proves both the inclusion of every event below a checkpoint and the consistency of each checkpoint with the next.</remarks>
internal sealed class SealWitness(CheckpointLedger ledger, ShreddingRecord shreddings)
{
    private MerkleFrontier _tree = new();
    private IReadOnlyList<SealedHead> _heads = [];
    private int _shardId;
    private int _next;

    /// <summary>How many events are below a checkpoint that holds.</summary>
    public long Sealed { get; private set; }

    public void Begin(int shardId)
    {
        (_tree, _heads, _shardId, _next) = (new MerkleFrontier(), ledger.OfShard(shardId), shardId, 0);
    }

    /// <summary>Takes in an event that fits its history.</summary>
    public JournalDamage? Check(StoredRow row, JournalEvent stored)
    {
        if (stored.Payload is null && !shreddings.Covers(stored.Id, stored.SequenceNr))
        {
            return new JournalDamage(DamageKind.UnrecordedShredding, _shardId, row.Position, stored.Id, stored.SequenceNr,
                "Its payload is gone, and no shredding of it is on record.");
        }

        if (_next == _heads.Count)
        {
            return null;
        }

        _tree.Append(stored.Hash);
        var head = _heads[_next];
        if (_tree.Size < head.Tree.Size)
        {
            return null;
        }

        if (!_tree.Head().Equals(head.Tree))
        {
            return Altered(head);
        }

        Sealed += _tree.Size - Before;
        _next++;
        return null;
    }

    /// <summary>At the end of the shard: everything sealed must have been there.</summary>
    public JournalDamage? End()
    {
        if (_next == _heads.Count)
        {
            return null;
        }

        var (head, isOlder) = (_heads[_next], _heads[_next].IsOnlyPublished);
        return new JournalDamage(isOlder ? DamageKind.RolledBack : DamageKind.CutTail, _shardId, _tree.Size + 1, null, null,
            $"The shard ends at position {_tree.Size}, but {head} sealed {head.Tree.Size} events there. "
            + (isOlder ? "The database was put back to an older state, or its tail was cut together with its checkpoints." : "Its tail was cut."))
        {
            Checkpoint = head.Checkpoint,
        };
    }

    private long Before => _next == 0 ? 0 : _heads[_next - 1].Tree.Size;

    private JournalDamage Altered(SealedHead head) =>
        new(DamageKind.NotAsSealed, _shardId, Before + 1, null, null,
            $"The events at positions {Before + 1} to {head.Tree.Size} fit each other, but are not those that {head} sealed: they were "
            + "rewritten with all their hashes.")
        {
            Checkpoint = head.Checkpoint,
        };
}

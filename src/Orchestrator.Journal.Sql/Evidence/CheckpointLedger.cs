using Orchestrator.Journal.Sql.Evidence.Merkle;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Takes the checkpoints in order, checks them against each other, and keeps what they say of each tree. Pure.</summary>
/// <remarks>A tree is noted only where it grew, so the memory goes with the journal's changes and not with its age.</remarks>
internal sealed class CheckpointLedger
{
    private readonly CheckpointKeys _keys;
    private readonly List<SealedHead>[] _shards;
    private readonly List<SealedHead> _shreddings = [];
    private Checkpoint? _last;
    private byte[] _lastHash = new byte[MerkleHash.Length];

    public CheckpointLedger(int shardCount, CheckpointKeys keys)
    {
        _keys = keys;
        _shards = [.. Enumerable.Range(0, shardCount).Select(static _ => new List<SealedHead>())];
    }

    /// <summary>How many checkpoints of the journal itself were found good.</summary>
    public long Count { get; private set; }

    /// <summary>How many published copies were found good.</summary>
    public long Published { get; private set; }

    /// <summary>The newest checkpoint taken in; null before the first.</summary>
    public Checkpoint? Last => _last;

    public IReadOnlyList<SealedHead> OfShard(int shardId) => _shards[shardId];

    public IReadOnlyList<SealedHead> OfShreddings => _shreddings;

    /// <summary>Takes in the next checkpoint of the journal.</summary>
    public JournalDamage? Add(StoredCheckpoint stored)
    {
        var next = (_last?.Number ?? 0) + 1;
        if (stored.Number != next)
        {
            return Bad(next, $"It is missing; the next one stored is {stored.Number}.");
        }

        var damage = Take(stored.Number, stored.Seal, isOnlyPublished: false);
        Count += damage is null ? 1 : 0;
        return damage;
    }

    /// <summary>Compares the checkpoint taken in last with its published copy.</summary>
    public JournalDamage? Compare(StoredCheckpoint stored, SignedCheckpoint published)
    {
        if (!_keys.Confirms(published))
        {
            return Bad(stored.Number, $"Its published copy is not signed by a known key ({published.KeyId}).");
        }

        Published++;
        if (published.HasBodyOf(stored.Seal))
        {
            return null;
        }

        var (ours, theirs) = (CheckpointFormat.TryDecode(stored.Seal.Body)!, CheckpointFormat.TryDecode(published.Body));
        var shard = theirs is null ? 0 : Enumerable.Range(0, Math.Min(ours.Shards.Count, theirs.Shards.Count))
            .FirstOrDefault(i => !ours.Shards[i].Equals(theirs.Shards[i]));
        return new JournalDamage(DamageKind.RolledBack, shard, Before(shard, stored.Number) + 1, null, null,
            $"Checkpoint {stored.Number} is not the one that was published. The database was put back to an older state, or rewritten, "
            + $"at or before checkpoint {stored.Number - 1}, and went on from there.")
        {
            Checkpoint = stored.Number,
        };
    }

    /// <summary>Takes in a published checkpoint that the journal does not have: what it sealed must be in the journal all the same.</summary>
    public JournalDamage? AddPublished(SignedCheckpoint published)
    {
        if (CheckpointFormat.TryDecode(published.Body) is not { } checkpoint)
        {
            return Bad((_last?.Number ?? 0) + 1, "Its published copy is no checkpoint.");
        }

        var damage = Take(checkpoint.Number, published, isOnlyPublished: true);
        Published += damage is null ? 1 : 0;
        return damage;
    }

    private JournalDamage? Take(long number, SignedCheckpoint seal, bool isOnlyPublished)
    {
        if (!_keys.Confirms(seal))
        {
            return Bad(number, _keys.Knows(seal)
                ? "Its signature is not of its contents."
                : $"It is signed by a key that is not known ({seal.KeyId}).");
        }

        if (CheckpointFormat.TryDecode(seal.Body) is not { } checkpoint || checkpoint.Number != number
            || checkpoint.Shards.Count != _shards.Length)
        {
            return Bad(number, "Its bytes are not this checkpoint of this journal.");
        }

        var follows = number == (_last?.Number ?? 0) + 1;
        if (follows && !checkpoint.Previous.AsSpan().SequenceEqual(_lastHash))
        {
            return Bad(number, "It does not follow from the checkpoint before it.");
        }

        if (Note(checkpoint, isOnlyPublished) is { } contradiction)
        {
            return contradiction;
        }

        (_last, _lastHash) = (checkpoint, CheckpointFormat.Hash(seal.Body));
        return null;
    }

    private JournalDamage? Note(Checkpoint checkpoint, bool isOnlyPublished)
    {
        for (var shard = 0; shard <= _shards.Length; shard++)
        {
            var (tree, list) = shard < _shards.Length ? (checkpoint.Shards[shard], _shards[shard]) : (checkpoint.Shreddings, _shreddings);
            var last = list.Count > 0 ? list[^1].Tree : TreeHead.Empty;
            if (tree.Size < last.Size || (tree.Size == last.Size && !tree.Equals(last)))
            {
                return Bad(checkpoint.Number, $"It seals {tree.Size} events of shard {shard}, checkpoint {_last?.Number ?? 0} sealed {last.Size}.");
            }

            if (tree.Size > last.Size)
            {
                list.Add(new SealedHead(tree, checkpoint.Number, checkpoint.At, isOnlyPublished));
            }
        }

        return null;
    }

    // Where the shard stood at the checkpoint before this one.
    private long Before(int shard, long number) =>
        _shards[shard].LastOrDefault(head => head.Checkpoint < number)?.Tree.Size ?? 0;

    private static JournalDamage Bad(long number, string details) =>
        new(DamageKind.BadCheckpoint, 0, 0, null, null, details) { Checkpoint = number };
}

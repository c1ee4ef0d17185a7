using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence.Merkle;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Takes checkpoints: reads what is new in one image, extends the trees, signs, stores. One call at a time.</summary>
/// <remarks>
/// It reads through an image of its own and writes one small transaction, so the journal never waits for it. The trees live in memory
/// and are kept with each checkpoint; where the kept ones do not fit, they are built anew from the events.
/// </remarks>
/// <typeparam name="TImage">An image that holds the evidence too.</typeparam>
/// <param name="store">Where checkpoints are kept.</param>
/// <param name="open">Opens an image of the journal as it is now.</param>
/// <param name="key">Signs.</param>
/// <param name="time">Dates the checkpoints.</param>
public sealed class Checkpointer<TImage>(
    ICheckpointStore store, Func<CancellationToken, ValueTask<TImage>> open, CheckpointKey key, TimeProvider time)
    where TImage : IJournalImage, IEvidenceImage
{
    private Trees? _trees;

    /// <summary>Takes a checkpoint if enough is new.</summary>
    /// <param name="minimum">How many new events and shreddings it takes; at least 1.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <returns>The checkpoint, or null when too little is new.</returns>
    /// <exception cref="JournalException">
    /// <see cref="EvidenceErrorCodes.JournalContradictsCheckpoint"/>: what the last checkpoint sealed is not in the journal any more.
    /// Otherwise the journal could not be read or written.
    /// </exception>
    public async Task<Checkpoint?> TakeAsync(long minimum, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimum, 1);
        using var image = await open(cancellation);
        try
        {
            var trees = _trees ?? await RestoreAsync(image, cancellation);
            _trees = null; // Whatever goes wrong from here on, the next call starts from the store.
            var next = trees.Clone();
            var added = await ExtendAsync(image, next, minimum, cancellation);
            if (added < minimum)
            {
                _trees = trees;
                return null;
            }

            var checkpoint = await SaveAsync(trees, next, cancellation);
            _trees = next;
            return checkpoint;
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.Corrupt)
        {
            throw Contradiction(error.Message, error);
        }
    }

    private async Task<Checkpoint> SaveAsync(Trees before, Trees next, CancellationToken cancellation)
    {
        var checkpoint = new Checkpoint(before.Number + 1, time.GetUtcNow(), before.Hash,
            [.. next.Shards.Select(static tree => tree.Head())], next.Shreddings.Head());
        var body = CheckpointFormat.Encode(checkpoint);
        var changed = Enumerable.Range(0, next.Shards.Length).Where(i => next.Shards[i].Size != before.Shards[i].Size)
            .ToDictionary(static i => i, i => Stored(next.Shards[i]));
        if (next.Shreddings.Size != before.Shreddings.Size)
        {
            changed.Add(ICheckpointStore.ShreddingTree, Stored(next.Shreddings));
        }

        await store.SaveAsync(new StoredCheckpoint(checkpoint.Number, key.Sign(body)), changed, cancellation);
        (next.Number, next.Hash) = (checkpoint.Number, CheckpointFormat.Hash(body));
        return checkpoint;
    }

    private static StoredFrontier Stored(MerkleFrontier tree) => new(tree.Size, tree.ToBytes());

    // The heads are looked at first: most calls find too little new, and read no event.
    private static async Task<long> ExtendAsync(TImage image, Trees trees, long minimum, CancellationToken cancellation)
    {
        var heads = (await image.ReadShardsAsync(cancellation)).ToDictionary(static shard => shard.ShardId, static shard => shard.Head);
        var added = 0L;
        for (var shard = 0; shard < trees.Shards.Length; shard++)
        {
            added += Growth(trees.Shards[shard], shard, heads.GetValueOrDefault(shard));
        }

        await foreach (var note in image.ReadShreddingsAsync(trees.Shreddings.Size + 1, cancellation))
        {
            trees.Shreddings.Append(note.Hash());
            added++;
        }

        for (var shard = 0; shard < trees.Shards.Length && added >= minimum; shard++)
        {
            await GrowAsync(image, trees.Shards[shard], shard, heads.GetValueOrDefault(shard), cancellation);
        }

        return added;
    }

    private static long Growth(MerkleFrontier tree, int shard, long head) => head >= tree.Size
        ? head - tree.Size
        : throw Contradiction($"Shard {shard} ends at position {head}, the last checkpoint sealed {tree.Size} events there.");

    private static async Task GrowAsync(TImage image, MerkleFrontier tree, int shard, long size, CancellationToken cancellation)
    {
        if (tree.Size == size)
        {
            return;
        }

        await foreach (var row in image.ReadShardAsync(shard, tree.Size + 1, cancellation))
        {
            if (row.Position != tree.Size + 1 || row.Event is not { } stored)
            {
                break;
            }

            tree.Append(stored.Hash);
            if (tree.Size == size)
            {
                return;
            }
        }

        throw Contradiction($"Shard {shard} has no readable event at position {tree.Size + 1}, its head is {size}.");
    }

    private async Task<Trees> RestoreAsync(TImage image, CancellationToken cancellation)
    {
        var memory = await store.LoadAsync(cancellation);
        var trees = new Trees(image.ShardCount);
        if (memory.Last is not { } last)
        {
            return trees;
        }

        if (CheckpointFormat.TryDecode(last.Seal.Body) is not { } checkpoint || checkpoint.Shards.Count != trees.Shards.Length)
        {
            throw Contradiction($"The stored checkpoint {last.Number} is not one of this journal.");
        }

        for (var shard = 0; shard < trees.Shards.Length; shard++)
        {
            trees.Shards[shard] = Kept(memory, shard, checkpoint.Shards[shard])
                ?? await RebuildAsync(image, shard, checkpoint.Shards[shard], cancellation);
        }

        trees.Shreddings = Kept(memory, ICheckpointStore.ShreddingTree, checkpoint.Shreddings)
            ?? throw Contradiction($"The frontier of the shredding notes is not that of checkpoint {last.Number}.");
        (trees.Number, trees.Hash) = (last.Number, CheckpointFormat.Hash(last.Seal.Body));
        return trees;
    }

    private static MerkleFrontier? Kept(CheckpointMemory memory, int tree, TreeHead expected)
    {
        var stored = memory.Frontiers.GetValueOrDefault(tree) ?? new StoredFrontier(0, []);
        return MerkleFrontier.TryRead(stored.Size, stored.Hashes) is { } kept && kept.Head().Equals(expected) ? kept : null;
    }

    private static async Task<MerkleFrontier> RebuildAsync(TImage image, int shard, TreeHead expected, CancellationToken cancellation)
    {
        var tree = new MerkleFrontier();
        await GrowAsync(image, tree, shard, expected.Size, cancellation);
        return tree.Head().Equals(expected) ? tree : throw Contradiction($"The events of shard {shard} are not those the last checkpoint sealed.");
    }

    private static JournalException Contradiction(string what, Exception? inner = null) => new(
        EvidenceErrorCodes.JournalContradictsCheckpoint,
        what + " No further checkpoint is taken. Run 'journal verify' and compare the journal with the published checkpoints.",
        isTransient: false, outcomeUnknown: false, inner);

    private sealed class Trees(int shards)
    {
        public MerkleFrontier[] Shards { get; private init; } = [.. Enumerable.Range(0, shards).Select(static _ => new MerkleFrontier())];

        public MerkleFrontier Shreddings { get; set; } = new();

        public long Number { get; set; }

        public byte[] Hash { get; set; } = new byte[MerkleHash.Length];

        public Trees Clone() => new(0)
        {
            Shards = [.. Shards.Select(static tree => tree.Clone())],
            Shreddings = Shreddings.Clone(),
            Number = Number,
            Hash = Hash,
        };
    }
}

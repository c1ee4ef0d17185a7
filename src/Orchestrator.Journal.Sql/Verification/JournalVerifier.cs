using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>Walks a whole journal and names the first bad spot.</summary>
/// <remarks>
/// It checks, per shard: positions without a gap up to the head, epochs that never fall, the order of insertion, the running
/// hash over the shard; per entity: sequence numbers without a gap, the hash chain, the payload hashes, the snapshots.
/// It needs memory for the entities and snapshots of one shard. It cannot see a forgery by someone who computes every hash
/// anew, nor a journal put back to an older good state: <see cref="EvidenceVerifier"/> finds those by signed checkpoints.
/// </remarks>
public static class JournalVerifier
{
    /// <summary>Verifies the image; damage is in the report, not thrown.</summary>
    /// <param name="image">What to verify.</param>
    /// <param name="progress">Told now and then how many events are verified.</param>
    /// <param name="cancellation">Ends the walk early.</param>
    /// <exception cref="JournalException">The image cannot be read for another reason than damage.</exception>
    public static Task<VerificationReport> VerifyAsync(
        IJournalImage image, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return VerifyAsync(image, witness: null, progress, cancellation);
    }

    internal static async Task<VerificationReport> VerifyAsync(
        IJournalImage image, SealWitness? witness, IProgress<long>? progress, CancellationToken cancellation)
    {
        var walk = new VerificationWalk(progress);
        try
        {
            var damage = await WalkAsync(image, walk, witness, cancellation);
            return walk.Report(damage);
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.Corrupt)
        {
            return walk.Report(walk.Unreadable(error.Message));
        }
    }

    private static async Task<JournalDamage?> WalkAsync(
        IJournalImage image, VerificationWalk walk, SealWitness? witness, CancellationToken cancellation)
    {
        var shards = (await image.ReadShardsAsync(cancellation)).ToDictionary(static s => s.ShardId);
        for (var shardId = 0; shardId < image.ShardCount; shardId++)
        {
            var damage = shards.TryGetValue(shardId, out var shard)
                ? await WalkShardAsync(image, walk, witness, shard, cancellation)
                : new JournalDamage(DamageKind.MissingShard, shardId, 0, null, null, "The shard has no head row.");
            if (damage is not null)
            {
                return damage;
            }
        }

        var total = await image.CountEventsAsync(cancellation);
        return total == walk.EventsVerified
            ? null
            : new JournalDamage(DamageKind.StrayRows, image.ShardCount, 0, null, null,
                $"{total} events are stored, {walk.EventsVerified} belong to the {image.ShardCount} shards.");
    }

    private static async Task<JournalDamage?> WalkShardAsync(
        IJournalImage image, VerificationWalk walk, SealWitness? witness, StoredShard shard, CancellationToken cancellation)
    {
        walk.Begin(shard);
        witness?.Begin(shard.ShardId);
        await foreach (var snapshot in image.ReadSnapshotsAsync(shard.ShardId, cancellation))
        {
            walk.Expect(snapshot);
        }

        await using var rows = image.ReadShardAsync(shard.ShardId, 0, cancellation).GetAsyncEnumerator(cancellation);
        while (await rows.MoveNextAsync())
        {
            if (walk.Check(rows.Current) is { } damage)
            {
                return await new DamageLookahead(damage, walk, rows).CompleteAsync();
            }

            if (witness?.Check(rows.Current, rows.Current.Event!) is { } contradiction)
            {
                return contradiction;
            }
        }

        return witness?.End() ?? walk.End();
    }
}

using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Verifies a journal together with its checkpoints, and names the first bad spot.</summary>
/// <remarks>
/// To what <see cref="JournalVerifier"/> sees it adds what only evidence outside the reach of the hashes shows: a history rewritten with
/// every hash computed anew, a tail cut together with its head, a database put back to an older state. The last of them needs a published
/// copy, and nothing shows what happened after the newest checkpoint outside: publish often, and elsewhere.
/// </remarks>
public static class EvidenceVerifier
{
    /// <summary>Verifies the image; damage is in the report, not thrown.</summary>
    /// <param name="image">What to verify.</param>
    /// <param name="evidence">The checkpoints and notes of the same image.</param>
    /// <param name="keys">The keys whose signatures are believed: from outside the database.</param>
    /// <param name="published">Published copies, rising by number; empty when there are none at hand.</param>
    /// <param name="progress">Told now and then how many events are verified.</param>
    /// <param name="cancellation">Ends the walk early.</param>
    /// <exception cref="JournalException">The image cannot be read for another reason than damage.</exception>
    public static async Task<VerificationReport> VerifyAsync(
        IJournalImage image, IEvidenceImage evidence, CheckpointKeys keys, IEnumerable<SignedCheckpoint> published,
        IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(published);
        var ledger = new CheckpointLedger(image.ShardCount, keys);
        var record = new ShreddingRecord(ledger);
        var witness = new SealWitness(ledger, record);
        var damage = await ReadCheckpointsAsync(evidence, ledger, published, cancellation);
        damage = await ReadShreddingsAsync(evidence, record, cancellation) is { } lost ? damage ?? lost : damage;
        var report = await JournalVerifier.VerifyAsync(image, witness, progress, cancellation);
        return report with
        {
            // A bad event says more than a bad checkpoint: it is what the checkpoint is there to find.
            FirstDamage = report.FirstDamage ?? damage ?? MissingTail(ledger),
            Checkpoints = ledger.Count,
            Published = ledger.Published,
            SealedEvents = witness.Sealed,
        };
    }

    private static async Task<JournalDamage?> ReadCheckpointsAsync(
        IEvidenceImage evidence, CheckpointLedger ledger, IEnumerable<SignedCheckpoint> published, CancellationToken cancellation)
    {
        using var copies = new PublishedCursor(published);
        JournalDamage? damage = null;
        await foreach (var stored in evidence.ReadCheckpointsAsync(1, cancellation))
        {
            damage = ledger.Add(stored);
            for (; damage is null && copies.Number <= stored.Number; copies.MoveNext())
            {
                damage = copies.Number == stored.Number ? ledger.Compare(stored, copies.Current!) : null;
            }

            if (damage is not null)
            {
                break;
            }
        }

        // What was published binds the journal also where its own checkpoints are gone or bad.
        for (; copies.Current is { } copy; copies.MoveNext())
        {
            if (copies.Number > (ledger.Last?.Number ?? 0) && ledger.AddPublished(copy) is { } bad)
            {
                return damage ?? bad;
            }
        }

        return damage;
    }

    private static async Task<JournalDamage?> ReadShreddingsAsync(
        IEvidenceImage evidence, ShreddingRecord record, CancellationToken cancellation)
    {
        await foreach (var note in evidence.ReadShreddingsAsync(1, cancellation))
        {
            if (record.Add(note) is { } damage)
            {
                return damage;
            }
        }

        return record.End();
    }

    // All events are there, but checkpoints that were published are not in the journal any more.
    private static JournalDamage? MissingTail(CheckpointLedger ledger) => (ledger.Last?.Number ?? 0) is var last && last > ledger.Count
        ? new JournalDamage(DamageKind.RolledBack, 0, 0, null, null,
            $"The journal has {ledger.Count} checkpoints, published is checkpoint {last}: the newest ones were removed from the journal.")
        {
            Checkpoint = ledger.Count + 1,
        }
        : null;
}

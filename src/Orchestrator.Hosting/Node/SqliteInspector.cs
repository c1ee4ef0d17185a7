using Orchestrator.Contracts;
using Orchestrator.Control.Queries;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Hosting.Node;

/// <summary>Verifies the SQLite journal over a read-only connection of its own, while the node goes on writing.</summary>
internal sealed class SqliteInspector(string path) : IJournalInspector
{
    public async Task<JournalVerification> VerifyAsync(CancellationToken cancellation)
    {
        using var image = SqliteJournalImage.Open(path);
        var report = await JournalVerifier.VerifyAsync(image, progress: null, cancellation);
        return new JournalVerification(report.IsIntact, report.EventsVerified, report.EntitiesVerified, ViewOf(report.FirstDamage));
    }

    private static JournalDamageView? ViewOf(JournalDamage? damage) => damage is null ? null : new JournalDamageView(
        damage.Kind.ToString(), damage.ShardId, damage.Position, damage.Entity?.Name, damage.SequenceNr ?? 0,
        $"{damage.Details} Keep the file for analysis and restore the journal from a backup.");
}

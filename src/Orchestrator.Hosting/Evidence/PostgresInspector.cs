using System.Runtime.CompilerServices;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Queries;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Looks at the journal in PostgreSQL, each time in one snapshot of its own. Checkpoints are not taken there.</summary>
internal sealed class PostgresInspector(PostgresJournalOptions options) : IJournalInspector
{
    public async Task<JournalVerification> VerifyAsync(IReadOnlyList<string> published, CancellationToken cancellation)
    {
        if (published.Count > 0) throw NotHere();
        using var image = await PostgresJournalImage.OpenAsync(options);
        return JournalInspector.ViewOf(await JournalVerifier.VerifyAsync(image, progress: null, cancellation));
    }

    public Task<CheckpointsView> CheckpointsAsync(int limit, CancellationToken cancellation) => throw NotHere();

    public Task<JournalCut?> CutAsync(DateTimeOffset at, CancellationToken cancellation) => Task.FromResult<JournalCut?>(null);

    public async IAsyncEnumerable<string> ExportAsync(
        string? machine, DateTimeOffset? from, DateTimeOffset? to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var image = await PostgresJournalImage.OpenAsync(options);
        await foreach (var line in new JournalExport(image).LinesAsync(machine, from, to, cancellation)) yield return line;
    }

    public Task<ShreddingView> ShredAsync(ShredRequest request, string caller, CancellationToken cancellation) => throw NotHere();

    private static ControlException NotHere() => new(ControlFailure.Invalid, new ErrorView(EvidenceErrorCodes.NotOnThisProvider,
        "Checkpoints and shredding are there for a journal in SQLite only.",
        "Verify without published checkpoints: the chains, the positions and the epochs are checked on PostgreSQL too.", []));
}

using System.Runtime.CompilerServices;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Queries;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Looks at the SQLite journal over read-only connections of its own, while the node goes on writing.</summary>
internal sealed class JournalInspector(string path, ICheckpointStore store, CheckpointService checkpoints, string publicKeyPath) : IJournalInspector
{
    public async Task<JournalVerification> VerifyAsync(IReadOnlyList<string> published, CancellationToken cancellation)
    {
        using var image = SqliteJournalImage.Open(path);
        using var keys = CheckpointKeys.FromPem(await File.ReadAllTextAsync(publicKeyPath, cancellation));
        var copies = published.Select((line, index) => PublishedForm.TryRead(line) ?? throw new ControlException(ControlFailure.Invalid,
            new ErrorView(EvidenceErrorCodes.PublishedUnreadable, $"Line {index + 1} is no published checkpoint.",
                "Send the lines as they were published.", [])));
        return ViewOf(await EvidenceVerifier.VerifyAsync(image, image, keys, copies, progress: null, cancellation));
    }

    public async Task<CheckpointsView> CheckpointsAsync(int limit, CancellationToken cancellation)
    {
        var newest = (await store.LoadAsync(cancellation)).Last?.Number ?? 0;
        var stored = newest == 0 ? [] : await store.ReadAsync(Math.Max(1, newest - limit + 1), limit, cancellation);
        return new CheckpointsView(checkpoints.KeyId, [.. stored.Reverse().Select(static c => (c, CheckpointFormat.TryDecode(c.Seal.Body)))
            .Where(static c => c.Item2 is not null).Select(static c => new CheckpointView(c.c.Number, c.Item2!.At, c.Item2.Events,
                Convert.ToHexStringLower(CheckpointFormat.RootIn(c.c.Seal.Body))))], checkpoints.Targets);
    }

    public async Task<JournalCut?> CutAsync(DateTimeOffset at, CancellationToken cancellation)
    {
        // Numbers are dense and times rise, so the last one before a time is found by halving.
        var (low, high) = (0L, (await store.LoadAsync(cancellation)).Last?.Number ?? 0);
        JournalCut? found = null;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            var page = await store.ReadAsync(middle, 1, cancellation);
            if (page.Count == 0 || CheckpointFormat.TryDecode(page[0].Seal.Body) is not { } checkpoint)
            {
                throw new JournalException(EvidenceErrorCodes.JournalContradictsCheckpoint,
                    $"Checkpoint {middle} cannot be read. Run 'journal verify'.", isTransient: false, outcomeUnknown: false);
            }

            if (checkpoint.At <= at) (low, found) = (middle, new JournalCut(middle, checkpoint.At, [.. checkpoint.Shards.Select(s => s.Size)]));
            else high = middle - 1;
        }

        return found;
    }

    public async IAsyncEnumerable<string> ExportAsync(
        string? machine, DateTimeOffset? from, DateTimeOffset? to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var image = SqliteJournalImage.Open(path);
        await foreach (var line in new JournalExport(image).LinesAsync(machine, from, to, cancellation)) yield return line;
    }

    public async Task<ShreddingView> ShredAsync(ShredRequest request, string caller, CancellationToken cancellation)
    {
        try
        {
            var note = await store.ShredAsync(new ShreddingRequest(new PersistenceId(MachineActor.Kind, request.Machine),
                request.First, request.Last, caller, request.Reason, request.Force), cancellation);
            return new ShreddingView(note.Number, note.Id.Name, note.First, note.Last, note.At, note.Caller, note.Reason);
        }
        catch (JournalException error) when (error.Code is EvidenceErrorCodes.NothingToShred or EvidenceErrorCodes.ShreddingNotCovered)
        {
            throw new ControlException(ControlFailure.Conflict, new ErrorView(error.Code, error.Message, null, []), error);
        }
    }

    internal static JournalVerification ViewOf(VerificationReport report) =>
        new(report.IsIntact, report.EventsVerified, report.EntitiesVerified, ViewOf(report.FirstDamage))
        {
            Checkpoints = report.Checkpoints,
            SealedEvents = report.SealedEvents,
            Published = report.Published,
            Shredded = report.ShreddedPayloads,
        };

    private static JournalDamageView? ViewOf(JournalDamage? damage) => damage is null ? null : new JournalDamageView(
        damage.Kind.ToString(), damage.ShardId, damage.Position, damage.Entity?.Name, damage.SequenceNr ?? 0,
        $"{damage.Details} Keep the file for analysis and restore the journal from a backup.")
    {
        Checkpoint = damage.Checkpoint,
    };
}

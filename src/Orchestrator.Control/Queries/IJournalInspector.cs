using Orchestrator.Contracts;

namespace Orchestrator.Control.Queries;

/// <summary>Looks at the journal as it stands on its medium, beside the node that writes it.</summary>
public interface IJournalInspector
{
    /// <summary>Walks the whole journal; damage is in the answer.</summary>
    /// <param name="published">Published checkpoints to compare with, as lines, in order; empty when there are none at hand.</param>
    /// <param name="cancellation">Ends the walk early.</param>
    Task<JournalVerification> VerifyAsync(IReadOnlyList<string> published, CancellationToken cancellation);

    /// <summary>The newest checkpoints, and where they are published.</summary>
    Task<CheckpointsView> CheckpointsAsync(int limit, CancellationToken cancellation);

    /// <summary>Where every shard stood at the last checkpoint at or before a time; null when there is none.</summary>
    Task<JournalCut?> CutAsync(DateTimeOffset at, CancellationToken cancellation);

    /// <summary>Events as JSON lines, shard after shard in order of position.</summary>
    /// <param name="machine">One machine's, in order of sequence number; null for all.</param>
    /// <param name="from">Not before this time; null for the beginning.</param>
    /// <param name="to">Not after this time; null for the end.</param>
    /// <param name="cancellation">Ends the export early.</param>
    IAsyncEnumerable<string> ExportAsync(string? machine, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation);

    /// <summary>Removes payloads, on record.</summary>
    Task<ShreddingView> ShredAsync(ShredRequest request, string caller, CancellationToken cancellation);
}

/// <summary>Where every shard stood at one moment.</summary>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Heads">The last position of each shard.</param>
public sealed record JournalCut(long Checkpoint, DateTimeOffset At, IReadOnlyList<long> Heads);

using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <content>Checkpoints and shredding notes; a file of an earlier schema has none.</content>
public sealed partial class SqliteJournalImage : IEvidenceImage
{
    private readonly bool _hasEvidence;

    /// <inheritdoc />
    public IAsyncEnumerable<StoredCheckpoint> ReadCheckpointsAsync(long from, CancellationToken cancellation) => _hasEvidence
        ? Stream(SqliteCheckpoints.SelectCheckpoints, bound => bound.Set(1, from).Set(2, long.MaxValue), SqliteCheckpoints.Checkpoint, cancellation)
        : AsyncEnumerable.Empty<StoredCheckpoint>();

    /// <inheritdoc />
    public IAsyncEnumerable<ShreddingNote> ReadShreddingsAsync(long from, CancellationToken cancellation) => _hasEvidence
        ? Stream("""
            SELECT s.n, e.kind, e.name, s.first_seq, s.last_seq, s.at, s.caller, s.reason
            FROM shredding s JOIN entity e ON e.id = s.entity WHERE s.n >= ?1 ORDER BY s.n
            """, bound => bound.Set(1, from), SqliteCheckpoints.Note, cancellation)
        : AsyncEnumerable.Empty<ShreddingNote>();
}

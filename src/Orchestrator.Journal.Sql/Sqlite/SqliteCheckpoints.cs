using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Checkpoints, frontiers, anchors and shredding notes in the journal's file.</summary>
internal sealed class SqliteCheckpoints(SqliteWriter writer, SqliteReaderPool readers, TimeProvider clock) : ICheckpointStore
{
    /// <summary>The checkpoints from ?1 on, at most ?2.</summary>
    public const string SelectCheckpoints = "SELECT n, body, key_id, sig FROM checkpoint WHERE n >= ?1 ORDER BY n LIMIT ?2";

    public ValueTask<CheckpointMemory> LoadAsync(CancellationToken cancellation) => readers.ReadAsync(session => new CheckpointMemory(
        SqliteSession.ReadAll(session.Prepare("SELECT n, body, key_id, sig FROM checkpoint ORDER BY n DESC LIMIT 1"), Checkpoint, cancellation)
            .FirstOrDefault(),
        SqliteSession.ReadAll(session.Prepare("SELECT tree, size, frontier FROM merkle_frontier"),
            static row => ((int)row.Int64(0), new StoredFrontier(row.Int64(1), row.Blob(2))), cancellation)
            .ToDictionary(static tree => tree.Item1, static tree => tree.Item2),
        SqliteSession.ReadAll(session.Prepare("SELECT target, n FROM checkpoint_anchor"),
            static row => (row.Text(0), row.Int64(1)), cancellation)
            .ToDictionary(static anchor => anchor.Item1, static anchor => anchor.Item2, StringComparer.Ordinal)), cancellation);

    public ValueTask<IReadOnlyList<StoredCheckpoint>> ReadAsync(long from, int limit, CancellationToken cancellation) =>
        readers.ReadAsync<IReadOnlyList<StoredCheckpoint>>(session => SqliteSession.ReadAll(
            session.Prepare(SelectCheckpoints).Set(1, from).Set(2, limit), Checkpoint, cancellation), cancellation);

    public async ValueTask SaveAsync(
        StoredCheckpoint checkpoint, IReadOnlyDictionary<int, StoredFrontier> frontiers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(frontiers);
        await writer.EnqueueAsync(session => session.InTransaction(() => Save(session, checkpoint, frontiers)), cancellation);
    }

    public async ValueTask SaveAnchorAsync(string target, long number, CancellationToken cancellation) =>
        await writer.EnqueueAsync(session => session.InTransaction(() => session.Prepare("""
            INSERT INTO checkpoint_anchor(target, n, at) VALUES(?1, ?2, ?3)
            ON CONFLICT(target) DO UPDATE SET n = excluded.n, at = excluded.at
            """).Set(1, target).Set(2, number).Set(3, clock.GetUtcNow().UtcTicks).Run()), cancellation);

    public async ValueTask<ShreddingNote> ShredAsync(ShreddingRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await writer.EnqueueAsync(session => new SqliteShredder(session, clock).Shred(request), cancellation);
    }

    public static StoredCheckpoint Checkpoint(Statement row) =>
        new(row.Int64(0), new SignedCheckpoint(row.Blob(1), row.Text(2), row.Blob(3)));

    public static ShreddingNote Note(Statement row) => new(row.Int64(0), SqliteRows.Id(row, 1), row.Int64(3), row.Int64(4),
        SqliteRows.Time(row, 5), row.Text(6), row.Text(7));

    private bool Save(SqliteSession session, StoredCheckpoint checkpoint, IReadOnlyDictionary<int, StoredFrontier> frontiers)
    {
        var last = session.Scalar("SELECT max(n) FROM checkpoint");
        if (checkpoint.Number != last + 1)
        {
            throw new JournalException(EvidenceErrorCodes.CheckpointConflict,
                $"Checkpoint {checkpoint.Number} was not stored: the journal {session.Path} has {last} already. "
                + "Only one process may take checkpoints; they go on from the newest.", isTransient: true, outcomeUnknown: false);
        }

        session.Prepare("INSERT INTO checkpoint(n, at, body, key_id, sig) VALUES(?1, ?2, ?3, ?4, ?5)")
            .Set(1, checkpoint.Number).Set(2, clock.GetUtcNow().UtcTicks).Set(3, checkpoint.Seal.Body)
            .Set(4, checkpoint.Seal.KeyId).Set(5, checkpoint.Seal.Signature).Run();
        foreach (var (tree, frontier) in frontiers)
        {
            session.Prepare("INSERT OR REPLACE INTO merkle_frontier(tree, size, frontier) VALUES(?1, ?2, ?3)")
                .Set(1, tree).Set(2, frontier.Size).Set(3, frontier.Hashes).Run();
        }

        return true;
    }
}

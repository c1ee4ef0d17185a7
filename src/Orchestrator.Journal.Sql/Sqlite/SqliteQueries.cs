using System.Text.Json;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>What the journal reads.</summary>
internal static class SqliteQueries
{
    public static IReadOnlyList<JournalEvent> ReadEntity(
        SqliteSession session, PersistenceId id, long fromSequence, int limit, CancellationToken cancellation)
    {
        var select = session.Prepare($"""
            SELECT {SqliteRows.EventColumns} FROM entity e JOIN journal j ON j.entity = e.id
            WHERE e.kind = ?1 AND e.name = ?2 AND j.seq >= ?3 ORDER BY j.seq LIMIT ?4
            """).Set(1, id.Kind).Set(2, id.Name).Set(3, fromSequence).Set(4, limit);
        return SqliteSession.ReadAll(select, SqliteRows.Event, cancellation);
    }

    public static IReadOnlyList<JournalEvent> ReadShard(
        SqliteSession session, int shardId, long afterPosition, int limit, CancellationToken cancellation)
    {
        var select = session.Prepare($"""
            SELECT {SqliteRows.EventColumns} FROM journal j JOIN entity e ON e.id = j.entity
            WHERE j.shard_id = ?1 AND j.position > ?2 ORDER BY j.position LIMIT ?3
            """).Set(1, shardId).Set(2, afterPosition).Set(3, limit);
        return SqliteSession.ReadAll(select, SqliteRows.Event, cancellation);
    }

    public static IReadOnlyList<PersistenceId> ListEntities(SqliteSession session, int? kind, CancellationToken cancellation)
    {
        const string All = "SELECT kind, name FROM entity e WHERE EXISTS(SELECT 1 FROM journal WHERE entity = e.id)";
        var select = kind is { } one ? session.Prepare(All + " AND kind = ?1").Set(1, one) : session.Prepare(All);
        var ids = SqliteSession.ReadAll(select, static row => SqliteRows.Id(row, 0), cancellation);
        ids.Sort(ByKindAndName);
        return ids;
    }

    // Skips a snapshot whose bytes changed on the disk: an older one, or the events, give the right state.
    public static JournalSnapshot? LoadSnapshot(
        SqliteSession session, PersistenceId id, long maxSequence, CancellationToken cancellation)
    {
        var select = session.Prepare("""
            SELECT s.seq, s.schema, s.event_hash, s.at, s.payload, s.payload_hash FROM entity e JOIN snapshot s ON s.entity = e.id
            WHERE e.kind = ?1 AND e.name = ?2 AND s.seq <= ?3 ORDER BY s.seq DESC
            """).Set(1, id.Kind).Set(2, id.Name).Set(3, maxSequence);
        return SqliteSession.ReadAll(select, row => IntactSnapshot(row, id), cancellation).Find(static s => s is not null);
    }

    public static IReadOnlyList<JournalReminder> ReadReminders(
        SqliteSession session, IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation)
    {
        var select = session.Prepare("""
            SELECT e.kind, e.name, r.name, r.generation, r.due_at, r.payload FROM reminder r JOIN entity e ON e.id = r.entity
            WHERE r.shard_id IN (SELECT value FROM json_each(?1)) AND r.due_at <= ?2
            ORDER BY r.due_at, e.kind, e.name, r.name LIMIT ?3
            """).Set(1, JsonSerializer.Serialize(shards)).Set(2, dueBefore.UtcTicks).Set(3, limit);
        return SqliteSession.ReadAll(select, static row => new JournalReminder(
            SqliteRows.Id(row, 0), row.Text(2), row.Int64(3), SqliteRows.Time(row, 4), row.Blob(5)), cancellation);
    }

    public static ShardGrant ReadHead(SqliteSession session, int shardId)
    {
        var select = session.Prepare("SELECT epoch, head FROM shard WHERE shard_id = ?1").Set(1, shardId);
        return SqliteSession.ReadAll(
            select, row => new ShardGrant(shardId, row.Int64(0), row.Int64(1)), CancellationToken.None).Single();
    }

    private static JournalSnapshot? IntactSnapshot(Statement row, PersistenceId id)
    {
        var payload = row.Blob(4);
        return HashChain.HashPayload(payload).AsSpan().SequenceEqual(row.Blob(5))
            ? new JournalSnapshot(id, row.Int64(0), (int)row.Int64(1), row.Blob(2), SqliteRows.Time(row, 3), payload)
            : null;
    }

    // SQLite compares bytes of UTF-8, which orders characters beyond U+FFFF otherwise than .NET's ordinal comparison.
    private static int ByKindAndName(PersistenceId a, PersistenceId b)
    {
        var byKind = a.Kind.CompareTo(b.Kind);
        return byKind != 0 ? byKind : string.CompareOrdinal(a.Name, b.Name);
    }
}

using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>What readers of the read models ask. A projection that does not exist has key 0, and nothing below it.</summary>
internal static class SqliteProjectionQueries
{
    public static long KeyOf(SqliteSession session, ProjectionId id) => One(
        session.Prepare("SELECT id FROM projection WHERE name = ?1 AND version = ?2").Set(1, id.Name).Set(2, id.Version));

    public static long ActiveKeyOf(SqliteSession session, string name) =>
        One(session.Prepare("SELECT id FROM projection WHERE name = ?1 AND active = 1").Set(1, name));

    public static IReadOnlyDictionary<int, ProjectionOffset> Offsets(SqliteSession session, long projection, CancellationToken cancellation) =>
        SqliteSession.ReadAll(
            session.Prepare("SELECT shard_id, position, hash FROM projection_offset WHERE projection = ?1").Set(1, projection),
            static row => (Shard: (int)row.Int64(0), Offset: new ProjectionOffset(row.Int64(1), row.Blob(2))), cancellation)
        .ToDictionary(static row => row.Shard, static row => row.Offset);

    public static IReadOnlyDictionary<string, byte[]> Find(SqliteSession session, ProjectionId id, IReadOnlyCollection<string> keys)
    {
        var projection = KeyOf(session, id);
        var rows = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (Find(session, projection, key) is { } value)
            {
                rows[key] = value;
            }
        }

        return rows;
    }

    public static byte[]? Find(SqliteSession session, long projection, string key)
    {
        var select = session.Prepare("SELECT value FROM projection_row WHERE projection = ?1 AND key = ?2").Set(1, projection).Set(2, key);
        if (!select.Step())
        {
            return null;
        }

        var value = select.Blob(0);
        select.Reset();
        return value;
    }

    public static List<ProjectionRow> Read(SqliteSession session, long projection, RowQuery query, CancellationToken cancellation)
    {
        const string Up = """
            SELECT key, value FROM projection_row WHERE projection = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4
            """;
        const string Down = """
            SELECT key, value FROM projection_row WHERE projection = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4
            """;
        var (from, to) = ProjectionRules.RangeOf(query);
        return SqliteSession.ReadAll(
            session.Prepare(query.Descending ? Down : Up).Set(1, projection).Set(2, from).Set(3, to).Set(4, query.Limit),
            static row => new ProjectionRow(row.Text(0), row.Blob(1)), cancellation);
    }

    public static List<ProjectionDeadLetter> DeadLetters(SqliteSession session, long projection, CancellationToken cancellation) =>
        SqliteSession.ReadAll(
            session.Prepare("SELECT shard_id, position, attempts, error, at FROM dead_letter WHERE projection = ?1 ORDER BY shard_id, position")
                .Set(1, projection),
            static row => new ProjectionDeadLetter(
                (int)row.Int64(0), row.Int64(1), (int)row.Int64(2), row.Text(3), new DateTimeOffset(row.Int64(4), TimeSpan.Zero)), cancellation);

    private static long One(Statement bound)
    {
        var value = bound.Step() ? bound.Int64(0) : 0;
        bound.Reset();
        return value;
    }
}

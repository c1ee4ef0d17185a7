using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Reading rows into records.</summary>
internal static class SqliteRows
{
    /// <summary>The columns <see cref="Event"/> reads, of <c>journal j</c> joined with <c>entity e</c>.</summary>
    public const string EventColumns = """
        e.kind, e.name, j.seq, j.epoch, j.type_id, j.type_ver, j.at, j.meta, j.payload, j.payload_hash, j.hash, j.position
        """;

    public static JournalEvent Event(Statement row) =>
        new(Id(row, 0), row.Int64(2), row.Int64(3), checked((int)row.Int64(4)), checked((short)row.Int64(5)), Time(row, 6),
            row.Blob(7), row.IsNull(8) ? null : row.Blob(8), row.Blob(9), row.Blob(10))
        {
            Position = row.Int64(11),
        };

    public static PersistenceId Id(Statement row, int column) => new(checked((int)row.Int64(column)), row.Text(column + 1));

    public static DateTimeOffset Time(Statement row, int column) => new(row.Int64(column), TimeSpan.Zero);
}

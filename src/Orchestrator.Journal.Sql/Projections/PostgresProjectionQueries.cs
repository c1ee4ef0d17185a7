using Npgsql;
using NpgsqlTypes;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>What readers of the read models ask; each is one statement, so that it sees one version of a projection whole.</summary>
internal static class PostgresProjectionQueries
{
    private const string ActiveId = "(SELECT id FROM orchestrator_read.projection WHERE name = $1 AND active)";

    public static async Task<IReadOnlyDictionary<int, ProjectionOffset>> OffsetsAsync(
        NpgsqlConnection connection, string name, int? version, CancellationToken cancellation)
    {
        const string Sql = """
            SELECT o.shard_id, o.position, o.hash FROM orchestrator_read.projection_offset o JOIN orchestrator_read.projection p ON p.id = o.projection
            WHERE p.name = $1 AND (p.version = $2 OR ($2 = 0 AND p.active))
            """;
        var offsets = new Dictionary<int, ProjectionOffset>();
        await using var command = Command(connection, Sql, name, version ?? 0);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            offsets.Add(reader.GetInt32(0), new ProjectionOffset(reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        }

        return offsets;
    }

    public static async Task<IReadOnlyDictionary<string, byte[]>> FindAsync(
        NpgsqlConnection connection, ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        const string Sql = """
            SELECT r.key, r.value FROM orchestrator_read.projection_row r JOIN orchestrator_read.projection p ON p.id = r.projection
            WHERE p.name = $1 AND p.version = $2 AND r.key = ANY($3)
            """;
        var rows = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using var command = Command(connection, Sql, id.Name, id.Version);
        command.Parameters.Add(Texts(keys));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            rows[reader.GetString(0)] = reader.GetFieldValue<byte[]>(1);
        }

        return rows;
    }

    public static async Task<byte[]?> FindAsync(NpgsqlConnection connection, string name, string key, CancellationToken cancellation)
    {
        const string Sql = $"SELECT value FROM orchestrator_read.projection_row WHERE projection = {ActiveId} AND key = $2";
        await using var command = Command(connection, Sql, name, key);
        return await command.ExecuteScalarAsync(cancellation) as byte[];
    }

    public static async Task<IReadOnlyList<ProjectionRow>> ReadAsync(
        NpgsqlConnection connection, string name, RowQuery query, CancellationToken cancellation)
    {
        const string Up = $"""
            SELECT key, value FROM orchestrator_read.projection_row WHERE projection = {ActiveId} AND key >= $2 AND key < $3 ORDER BY key LIMIT $4
            """;
        const string Down = $"""
            SELECT key, value FROM orchestrator_read.projection_row WHERE projection = {ActiveId} AND key >= $2 AND key < $3 ORDER BY key DESC LIMIT $4
            """;
        var (from, to) = ProjectionRules.RangeOf(query);
        var rows = new List<ProjectionRow>();
        await using var command = Command(connection, query.Descending ? Down : Up, name, from, to, (long)query.Limit);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(new ProjectionRow(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        return rows;
    }

    public static async Task<IReadOnlyList<ProjectionDeadLetter>> DeadLettersAsync(
        NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        const string Sql = $"""
            SELECT shard_id, position, attempts, error, at FROM orchestrator_read.dead_letter WHERE projection = {ActiveId} ORDER BY shard_id, position
            """;
        var letters = new List<ProjectionDeadLetter>();
        await using var command = Command(connection, Sql, name);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            letters.Add(new ProjectionDeadLetter(
                reader.GetInt32(0), reader.GetInt64(1), reader.GetInt32(2), reader.GetString(3), new DateTimeOffset(reader.GetInt64(4), TimeSpan.Zero)));
        }

        return letters;
    }

    internal static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
#pragma warning disable CA2100 // The texts are constants of this folder.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    internal static NpgsqlParameter Texts(IEnumerable<string> values) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = values.ToArray() };

    internal static NpgsqlParameter Blobs(IEnumerable<byte[]> values) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, Value = values.ToArray() };
}

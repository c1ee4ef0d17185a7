using Npgsql;
using NpgsqlTypes;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>Messages between entities: what waits to be delivered, and what has been handled. The append writes both.</summary>
internal static class PostgresMessages
{
    private const string Columns = """
        SELECT o.shard_id, o.position, e.kind, e.name, j.seq, o.ordinal, o.to_kind, o.to_name, o.payload
        FROM outbox o JOIN journal j ON j.shard_id = o.shard_id AND j.position = o.position JOIN entity e ON e.id = j.entity
        WHERE o.shard_id = ANY($1) AND (o.shard_id, o.position, o.ordinal) > ($2, $3, $4)
        """;

    private const string Order = " ORDER BY o.shard_id, o.position, o.ordinal LIMIT $5";

    /// <summary>What waits, in the order of (shard, position, ordinal).</summary>
    public static PostgresQuery<OutboxEntry> Read(OutboxQuery query)
    {
        object[] place = [query.Shards.ToArray(), query.After?.ShardId ?? -1, query.After?.Position ?? 0L,
            query.After?.Message.Ordinal ?? (short)0, (long)query.Limit];
        return query.To is { } to
            ? new PostgresQuery<OutboxEntry>(Columns + " AND o.to_kind = $6 AND o.to_name = $7" + Order, Entry, [.. place, to.Kind, to.Name])
            : new PostgresQuery<OutboxEntry>(Columns + Order, Entry, place);
    }

    /// <summary>What an entity has handled.</summary>
    public static PostgresQuery<InboxMark> ReadInbox(PersistenceId to) => new("""
        SELECT i.from_kind, i.from_name, i.seq, i.ordinal FROM entity e JOIN inbox i ON i.entity = e.id WHERE e.kind = $1 AND e.name = $2
        """, row => new InboxMark(to, PostgresQueries.Id(row, 0), row.GetInt64(2), row.GetInt16(3)), to.Kind, to.Name);

    /// <summary>Removes delivered messages; may be repeated.</summary>
    public static async Task<int> RemoveAsync(NpgsqlConnection connection, IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("""
            DELETE FROM outbox o USING unnest($1, $2, $3, $4) u(kind, name, seq, ordinal)
              JOIN entity e ON e.kind = u.kind AND e.name = u.name JOIN journal j ON j.entity = e.id AND j.seq = u.seq
            WHERE o.shard_id = j.shard_id AND o.position = j.position AND o.ordinal = u.ordinal
            """, connection);
        Add(command, NpgsqlDbType.Integer, delivered.Select(static key => key.From.Kind).ToArray());
        Add(command, NpgsqlDbType.Text, delivered.Select(static key => key.From.Name).ToArray());
        Add(command, NpgsqlDbType.Bigint, delivered.Select(static key => key.SequenceNr).ToArray());
        Add(command, NpgsqlDbType.Smallint, delivered.Select(static key => key.Ordinal).ToArray());
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object values) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });

    private static OutboxEntry Entry(NpgsqlDataReader row) => new(row.GetInt32(0), row.GetInt64(1), new OutboxMessage(
        PostgresQueries.Id(row, 2), row.GetInt64(4), row.GetInt16(5), PostgresQueries.Id(row, 6), PostgresQueries.Bytes(row, 8)));
}

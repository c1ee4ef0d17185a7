using Npgsql;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>What the journal reads, and the writes that need no fence.</summary>
internal static class PostgresQueries
{
    /// <summary>The columns <see cref="Event"/> reads, of <c>journal j</c> joined with <c>entity e</c>.</summary>
    public const string EventColumns =
        "e.kind, e.name, j.seq, j.epoch, j.type_id, j.type_ver, j.at, j.meta, j.payload, j.payload_hash, j.hash, j.position";

    public static PostgresQuery<JournalEvent> ReadEntity(PersistenceId id, long fromSequence, int limit) => new($"""
        SELECT {EventColumns} FROM entity e JOIN journal j ON j.entity = e.id
        WHERE e.kind = $1 AND e.name = $2 AND j.seq >= $3 ORDER BY j.seq LIMIT $4
        """, Event, id.Kind, id.Name, fromSequence, (long)limit);

    public static PostgresQuery<JournalEvent> ReadShard(int shardId, long afterPosition, int limit) => new($"""
        SELECT {EventColumns} FROM journal j JOIN entity e ON e.id = j.entity
        WHERE j.shard_id = $1 AND j.position > $2 ORDER BY j.position LIMIT $3
        """, Event, shardId, afterPosition, (long)limit);

    public static PostgresQuery<PersistenceId> ListEntities(int? kind)
    {
        const string All = "SELECT kind, name FROM entity e WHERE EXISTS(SELECT 1 FROM journal WHERE entity = e.id)";
        return kind is { } one
            ? new PostgresQuery<PersistenceId>(All + " AND kind = $1", static row => Id(row, 0), one)
            : new PostgresQuery<PersistenceId>(All, static row => Id(row, 0));
    }

    /// <summary>The snapshots up to a sequence number, newest first; null for one whose bytes changed.</summary>
    public static PostgresQuery<JournalSnapshot?> LoadSnapshots(PersistenceId id, long maxSequence) => new("""
        SELECT s.seq, s.schema, s.event_hash, s.at, s.payload, s.payload_hash FROM entity e JOIN snapshot s ON s.entity = e.id
        WHERE e.kind = $1 AND e.name = $2 AND s.seq <= $3 ORDER BY s.seq DESC
        """, row => IntactSnapshot(row, id), id.Kind, id.Name, maxSequence);

    public static PostgresQuery<JournalReminder> ReadReminders(IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit) => new("""
        SELECT e.kind, e.name, r.name, r.generation, r.due_at, r.payload FROM reminder r JOIN entity e ON e.id = r.entity
        WHERE r.shard_id = ANY($1) AND r.due_at <= $2 ORDER BY r.due_at, e.kind, e.name, r.name LIMIT $3
        """, static row => new JournalReminder(Id(row, 0), row.GetString(2), row.GetInt64(3), Time(row, 4), Bytes(row, 5)),
        shards.ToArray(), dueBefore.UtcTicks, (long)limit);

    /// <summary>Raises the epochs; in order of shard, so that two who want the same wait for each other.</summary>
    public static PostgresQuery<ShardGrant> Acquire(IReadOnlyList<int> shards) => new("""
        WITH l AS MATERIALIZED (SELECT shard_id FROM shard WHERE shard_id = ANY($1) ORDER BY shard_id FOR UPDATE)
        UPDATE shard s SET epoch = s.epoch + 1 FROM l WHERE s.shard_id = l.shard_id RETURNING s.shard_id, s.epoch, s.head
        """, static row => new ShardGrant(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)), [shards.ToArray()]);

    /// <summary>Stores a snapshot if its event is there, and drops what is older than the one before it; in one transaction.</summary>
    /// <returns>Whether it was stored.</returns>
    public static async Task<bool> SaveSnapshotAsync(NpgsqlConnection connection, JournalSnapshot snapshot, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command("""
            INSERT INTO snapshot(entity, seq, schema, at, event_hash, payload, payload_hash)
            SELECT j.entity, j.seq, $5, $6, j.hash, $7, $8 FROM entity e JOIN journal j ON j.entity = e.id
            WHERE e.kind = $1 AND e.name = $2 AND j.seq = $3 AND j.hash = $4
            ON CONFLICT (entity, seq) DO UPDATE SET schema = excluded.schema, at = excluded.at, event_hash = excluded.event_hash,
              payload = excluded.payload, payload_hash = excluded.payload_hash
            """, snapshot.Id.Kind, snapshot.Id.Name, snapshot.SequenceNr, snapshot.EventHash, snapshot.Schema, snapshot.At.UtcTicks,
            snapshot.Payload, HashChain.HashPayload(snapshot.Payload)));
        batch.BatchCommands.Add(Command("""
            WITH own AS (SELECT s.entity, s.seq FROM entity e JOIN snapshot s ON s.entity = e.id WHERE e.kind = $1 AND e.name = $2)
            DELETE FROM snapshot s USING own WHERE s.entity = own.entity AND s.seq = own.seq
              AND s.seq NOT IN (SELECT seq FROM own ORDER BY seq DESC LIMIT $3)
            """, snapshot.Id.Kind, snapshot.Id.Name, (long)JournalLimits.KeptSnapshots));
        await batch.ExecuteNonQueryAsync(cancellation);
        return batch.BatchCommands[0].RecordsAffected == 1;
    }

    public static JournalEvent Event(NpgsqlDataReader row) =>
        new(Id(row, 0), row.GetInt64(2), row.GetInt64(3), row.GetInt32(4), row.GetInt16(5), Time(row, 6), Bytes(row, 7),
            row.IsDBNull(8) ? null : Bytes(row, 8), Bytes(row, 9), Bytes(row, 10))
        {
            Position = row.GetInt64(11),
        };

    public static PersistenceId Id(NpgsqlDataReader row, int column) => new(row.GetInt32(column), row.GetString(column + 1));

    public static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public static byte[] Bytes(NpgsqlDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    // The same order as the other journals: by UTF-16, which the database does not know.
    public static int ByKindAndName(PersistenceId a, PersistenceId b)
    {
        var byKind = a.Kind.CompareTo(b.Kind);
        return byKind != 0 ? byKind : string.CompareOrdinal(a.Name, b.Name);
    }

    private static JournalSnapshot? IntactSnapshot(NpgsqlDataReader row, PersistenceId id)
    {
        var payload = Bytes(row, 4);
        return HashChain.HashPayload(payload).AsSpan().SequenceEqual(Bytes(row, 5))
            ? new JournalSnapshot(id, row.GetInt64(0), row.GetInt32(1), Bytes(row, 2), Time(row, 3), payload)
            : null;
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
#pragma warning disable CA2100 // The texts are those above.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}

/// <summary>A query with its values and how a row is read.</summary>
internal sealed record PostgresQuery<T>(string Sql, Func<NpgsqlDataReader, T> Map, params object[] Values)
{
    public NpgsqlCommand Command(NpgsqlConnection connection)
    {
#pragma warning disable CA2100 // The texts are constants of this project.
        var command = new NpgsqlCommand(Sql, connection);
#pragma warning restore CA2100
        foreach (var value in Values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    public async Task<List<T>> RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var rows = new List<T>();
        await using var command = Command(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(Map(reader));
        }

        return rows;
    }
}

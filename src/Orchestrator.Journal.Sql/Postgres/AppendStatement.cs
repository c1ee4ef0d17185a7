using Npgsql;
using NpgsqlTypes;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The append: compares and swaps (epoch, head) of every shard and inserts what belongs to it, in one statement.</summary>
/// <remarks>
/// <c>want</c> has one row per shard; everything that writes joins <c>f</c>, so that a fenced shard writes nothing at all. A writer
/// whose shard is being taken over waits for the row's lock, finds another epoch and is fenced. Arrays keep one plan for any size.
/// </remarks>
internal sealed class AppendStatement
{
    private const string Fence = """
        WITH want AS (SELECT * FROM unnest($1, $2, $3, $4, $5) w(shard_id, epoch, head, n, chain)),
        f AS (UPDATE shard s SET head = s.head + w.n, chain = w.chain FROM want w
              WHERE s.shard_id = w.shard_id AND s.epoch = w.epoch AND s.head = w.head RETURNING s.shard_id, s.epoch),
        i AS (INSERT INTO journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, link, meta, payload, payload_hash, hash)
              SELECT u.shard_id, u.position, u.entity, u.seq, f.epoch, u.type_id, u.type_ver, u.at, u.link, u.meta, u.payload,
                u.payload_hash, u.hash
              FROM unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                u(shard_id, position, entity, seq, type_id, type_ver, at, link, meta, payload, payload_hash, hash)
              JOIN f USING (shard_id))
        """;

    private const string EntitiesRemindersAndMessages = """
        ,
        e AS (INSERT INTO entity(id, shard_id, kind, name)
              SELECT u.id, u.shard_id, u.kind, u.name FROM unnest($18, $19, $20, $21) u(id, shard_id, kind, name) JOIN f USING (shard_id)),
        s AS (INSERT INTO reminder(entity, name, shard_id, generation, due_at, payload)
              SELECT u.entity, u.name, u.shard_id, u.generation, u.due_at, u.payload
              FROM unnest($22, $23, $24, $25, $26, $27) u(entity, name, shard_id, generation, due_at, payload) JOIN f USING (shard_id)
              ON CONFLICT (entity, name) DO UPDATE
              SET generation = excluded.generation, due_at = excluded.due_at, payload = excluded.payload),
        c AS (DELETE FROM reminder r USING unnest($28, $29, $30) u(entity, name, shard_id) JOIN f USING (shard_id)
              WHERE r.entity = u.entity AND r.name = u.name),
        o AS (INSERT INTO outbox(shard_id, position, ordinal, to_kind, to_name, payload)
              SELECT u.shard_id, u.position, u.ordinal, u.to_kind, u.to_name, u.payload
              FROM unnest($31, $32, $33, $34, $35, $36) u(shard_id, position, ordinal, to_kind, to_name, payload) JOIN f USING (shard_id)),
        m AS (INSERT INTO inbox AS known(entity, from_kind, from_name, seq, ordinal)
              SELECT u.entity, u.from_kind, u.from_name, u.seq, u.ordinal
              FROM unnest($37, $38, $39, $40, $41, $42) u(shard_id, entity, from_kind, from_name, seq, ordinal) JOIN f USING (shard_id)
              ON CONFLICT (entity, from_kind, from_name) DO UPDATE SET seq = excluded.seq, ordinal = excluded.ordinal
              WHERE (excluded.seq, excluded.ordinal) > (known.seq, known.ordinal))
        """;

    private const int EventParameters = 17;
    private const string Result = "\nSELECT shard_id FROM f";
    private readonly NpgsqlCommand _events;
    private readonly NpgsqlCommand _all;

    public AppendStatement(NpgsqlConnection connection)
    {
        _events = Command(connection, Fence + Result, EventParameters);
        _all = Command(connection, Fence + EntitiesRemindersAndMessages + Result, Types.Length);
    }

    /// <summary>Runs it; the transaction is committed when this ends.</summary>
    /// <returns>The shards that were stored.</returns>
    public async Task<IReadOnlySet<int>> RunAsync(AppendBatch batch)
    {
        var command = batch.IsEventsOnly ? _events : _all; // Most appends are, and the short form costs less to start.
        Bind(command.Parameters, batch);
        if (!command.IsPrepared)
        {
            await command.PrepareAsync();
        }

        var stored = new HashSet<int>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            stored.Add(reader.GetInt32(0));
        }

        return stored;
    }

    private static void Bind(NpgsqlParameterCollection parameters, AppendBatch batch)
    {
        BindEvents(parameters, batch);
        if (parameters.Count > EventParameters)
        {
            BindEntities(parameters, batch);
            BindReminders(parameters, batch);
            BindMessages(parameters, batch);
        }
    }

    private static void BindEvents(NpgsqlParameterCollection parameters, AppendBatch batch)
    {
        var wants = batch.Wants;
        Set(parameters, 0, wants, static w => w.Shard);
        Set(parameters, 1, wants, static w => w.Epoch);
        Set(parameters, 2, wants, static w => w.Head);
        Set(parameters, 3, wants, static w => w.Count);
        Set(parameters, 4, wants, static w => w.Chain);
        var events = batch.Events;
        Set(parameters, 5, events, static e => e.Shard);
        Set(parameters, 6, events, static e => e.Position);
        Set(parameters, 7, events, static e => e.Entity);
        Set(parameters, 8, events, static e => e.Event.SequenceNr);
        Set(parameters, 9, events, static e => e.Event.TypeId);
        Set(parameters, 10, events, static e => e.Event.TypeVersion);
        Set(parameters, 11, events, static e => e.Event.At.UtcTicks);
        Set(parameters, 12, events, static e => e.Link);
        Set(parameters, 13, events, static e => e.Event.Meta);
        Set(parameters, 14, events, static e => e.Event.Payload);
        Set(parameters, 15, events, static e => e.Event.PayloadHash);
        Set(parameters, 16, events, static e => e.Event.Hash);
    }

    private static void BindEntities(NpgsqlParameterCollection parameters, AppendBatch batch)
    {
        var entities = batch.NewEntities;
        Set(parameters, 17, entities, static e => e.Key);
        Set(parameters, 18, entities, static e => e.Shard);
        Set(parameters, 19, entities, static e => e.Id.Kind);
        Set(parameters, 20, entities, static e => e.Id.Name);
    }

    private static void BindReminders(NpgsqlParameterCollection parameters, AppendBatch batch)
    {
        var set = batch.Reminders.Where(static r => r.Value.Reminder is not null).ToList();
        Set(parameters, 21, set, static r => r.Key.Entity);
        Set(parameters, 22, set, static r => r.Key.Name);
        Set(parameters, 23, set, static r => r.Value.Shard);
        Set(parameters, 24, set, static r => r.Value.Reminder!.Generation);
        Set(parameters, 25, set, static r => r.Value.Reminder!.DueAt.UtcTicks);
        Set(parameters, 26, set, static r => r.Value.Reminder!.Payload);
        var cleared = batch.Reminders.Where(static r => r.Value.Reminder is null).ToList();
        Set(parameters, 27, cleared, static r => r.Key.Entity);
        Set(parameters, 28, cleared, static r => r.Key.Name);
        Set(parameters, 29, cleared, static r => r.Value.Shard);
    }

    private static void BindMessages(NpgsqlParameterCollection parameters, AppendBatch batch)
    {
        var sent = batch.Outbox;
        Set(parameters, 30, sent, static o => o.Shard);
        Set(parameters, 31, sent, static o => o.Position);
        Set(parameters, 32, sent, static o => o.Message.Ordinal);
        Set(parameters, 33, sent, static o => o.Message.To.Kind);
        Set(parameters, 34, sent, static o => o.Message.To.Name);
        Set(parameters, 35, sent, static o => o.Message.Payload);
        var handled = batch.Inbox.ToList();
        Set(parameters, 36, handled, static i => i.Value.Shard);
        Set(parameters, 37, handled, static i => i.Key.Entity);
        Set(parameters, 38, handled, static i => i.Key.From.Kind);
        Set(parameters, 39, handled, static i => i.Key.From.Name);
        Set(parameters, 40, handled, static i => i.Value.Mark.SequenceNr);
        Set(parameters, 41, handled, static i => i.Value.Mark.Ordinal);
    }

    private static void Set<TRow, T>(NpgsqlParameterCollection parameters, int index, List<TRow> rows, Func<TRow, T> column)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(rows[i]);
        }

        parameters[index].Value = values;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, int parameters)
    {
#pragma warning disable CA2100 // The texts are those above.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var type in Types[..parameters])
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        }

        return command;
    }

    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Integer, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Integer, NpgsqlDbType.Bytea,
        NpgsqlDbType.Integer, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Integer, NpgsqlDbType.Smallint,
        NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea, NpgsqlDbType.Bytea, NpgsqlDbType.Bytea, NpgsqlDbType.Bytea,
        NpgsqlDbType.Bigint, NpgsqlDbType.Integer, NpgsqlDbType.Integer, NpgsqlDbType.Text,
        NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea,
        NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Integer,
        NpgsqlDbType.Integer, NpgsqlDbType.Bigint, NpgsqlDbType.Smallint, NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Bytea,
        NpgsqlDbType.Integer, NpgsqlDbType.Bigint, NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.Smallint,
    ];
}

using System.Text.Json;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Messages between entities: what waits to be delivered, and what has been handled.</summary>
internal static class SqliteMessages
{
    /// <summary>Stores what the append sends, each message at the position of its event; within the append's transaction.</summary>
    public static void Send(SqliteSession session, ShardAppend append)
    {
        if (append.Outbox.Count == 0)
        {
            return;
        }

        var positions = new Dictionary<(PersistenceId, long), long>();
        for (var i = 0; i < append.Events.Count; i++)
        {
            positions[(append.Events[i].Id, append.Events[i].SequenceNr)] = append.ExpectedHead + 1 + i;
        }

        foreach (var message in append.Outbox)
        {
            session.Prepare("INSERT INTO outbox(shard_id, position, ordinal, to_kind, to_name, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
                .Set(1, append.ShardId).Set(2, positions[(message.From, message.SequenceNr)]).Set(3, message.Ordinal)
                .Set(4, message.To.Kind).Set(5, message.To.Name).Set(6, message.Payload).Run();
        }
    }

    /// <summary>Notes what the entity has handled; a mark never moves back.</summary>
    public static void Mark(SqliteSession session, EntityTip tip, int shardId, InboxMark mark)
    {
        tip.RequireShard(mark.To, shardId);
        session.Prepare("""
            INSERT INTO inbox(entity, from_kind, from_name, seq, ordinal) VALUES(?1, ?2, ?3, ?4, ?5)
            ON CONFLICT(entity, from_kind, from_name) DO UPDATE SET seq = excluded.seq, ordinal = excluded.ordinal
            WHERE (excluded.seq, excluded.ordinal) > (seq, ordinal)
            """)
            .Set(1, tip.Key).Set(2, mark.From.Kind).Set(3, mark.From.Name).Set(4, mark.SequenceNr).Set(5, mark.Ordinal).Run();
    }

    /// <summary>Removes delivered messages.</summary>
    public static bool Remove(SqliteSession session, IReadOnlyList<OutboxKey> delivered)
    {
        foreach (var key in delivered)
        {
            session.Prepare("""
                DELETE FROM outbox WHERE (shard_id, position) =
                  (SELECT j.shard_id, j.position FROM entity e JOIN journal j ON j.entity = e.id
                   WHERE e.kind = ?1 AND e.name = ?2 AND j.seq = ?3) AND ordinal = ?4
                """)
                .Set(1, key.From.Kind).Set(2, key.From.Name).Set(3, key.SequenceNr).Set(4, key.Ordinal).Run();
        }

        return true;
    }

    /// <summary>Reads what waits, in the order of (shard, position, ordinal).</summary>
    public static IReadOnlyList<OutboxEntry> Read(SqliteSession session, OutboxQuery query, CancellationToken cancellation)
    {
        const string Columns = """
            SELECT o.shard_id, o.position, e.kind, e.name, j.seq, o.ordinal, o.to_kind, o.to_name, o.payload
            FROM outbox o JOIN journal j ON j.shard_id = o.shard_id AND j.position = o.position JOIN entity e ON e.id = j.entity
            WHERE o.shard_id IN (SELECT value FROM json_each(?1)) AND (o.shard_id, o.position, o.ordinal) > (?2, ?3, ?4)
            """;
        const string Order = " ORDER BY o.shard_id, o.position, o.ordinal LIMIT ?5";
        var select = query.To is { } to
            ? session.Prepare(Columns + " AND o.to_kind = ?6 AND o.to_name = ?7" + Order).Set(6, to.Kind).Set(7, to.Name)
            : session.Prepare(Columns + Order);
        select.Set(1, JsonSerializer.Serialize(query.Shards)).Set(2, query.After?.ShardId ?? -1).Set(3, query.After?.Position ?? 0)
            .Set(4, query.After?.Message.Ordinal ?? 0).Set(5, query.Limit);
        return SqliteSession.ReadAll(select, Entry, cancellation);
    }

    /// <summary>Reads what an entity has handled.</summary>
    public static IReadOnlyList<InboxMark> ReadInbox(SqliteSession session, PersistenceId to, CancellationToken cancellation)
    {
        var select = session.Prepare("""
            SELECT i.from_kind, i.from_name, i.seq, i.ordinal FROM entity e JOIN inbox i ON i.entity = e.id WHERE e.kind = ?1 AND e.name = ?2
            """).Set(1, to.Kind).Set(2, to.Name);
        return SqliteSession.ReadAll(
            select, row => new InboxMark(to, SqliteRows.Id(row, 0), row.Int64(2), checked((short)row.Int64(3))), cancellation);
    }

    private static OutboxEntry Entry(Statement row) => new(checked((int)row.Int64(0)), row.Int64(1), new OutboxMessage(
        SqliteRows.Id(row, 2), row.Int64(4), checked((short)row.Int64(5)), SqliteRows.Id(row, 6), row.Blob(8)));
}

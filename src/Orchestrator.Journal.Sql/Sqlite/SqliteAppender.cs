using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Everything the journal writes; on the writer thread only.</summary>
internal sealed class SqliteAppender(TimeProvider clock)
{
    private readonly EntityIndex _entities = new();

    /// <summary>Appends to the shards in one transaction; a shard that moved on is left out, the others are stored.</summary>
    public IReadOnlyList<AppendOutcome> Append(SqliteSession session, IReadOnlyList<ShardAppend> appends) =>
        InTransaction(session, () =>
        {
            var recordedAt = clock.GetUtcNow().UtcTicks;
            return appends.Select(append => AppendShard(session, append, recordedAt)).ToArray();
        });

    /// <summary>Raises the epochs.</summary>
    public IReadOnlyList<ShardGrant> Acquire(SqliteSession session, IReadOnlyList<int> shards) =>
        InTransaction(session, () => shards.Select(shard => Raise(session, shard)).ToArray());

    /// <summary>Stores a snapshot and drops what is older than the one before it.</summary>
    public bool SaveSnapshot(SqliteSession session, JournalSnapshot snapshot) => InTransaction(session, () =>
    {
        var key = RequireHistory(session, snapshot);
        session.Prepare("""
            INSERT OR REPLACE INTO snapshot(entity, seq, schema, at, event_hash, payload, payload_hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
            .Set(1, key).Set(2, snapshot.SequenceNr).Set(3, snapshot.Schema).Set(4, snapshot.At.UtcTicks)
            .Set(5, snapshot.EventHash).Set(6, snapshot.Payload).Set(7, HashChain.HashPayload(snapshot.Payload)).Run();
        session.Prepare("""
            DELETE FROM snapshot WHERE entity = ?1 AND seq NOT IN
            (SELECT seq FROM snapshot WHERE entity = ?1 ORDER BY seq DESC LIMIT ?2)
            """).Set(1, key).Set(2, JournalLimits.KeptSnapshots).Run();
        return true;
    });

    /// <summary>Removes messages that have been delivered.</summary>
    public bool RemoveOutbox(SqliteSession session, IReadOnlyList<OutboxKey> delivered) =>
        InTransaction(session, () => SqliteMessages.Remove(session, delivered));

    private T InTransaction<T>(SqliteSession session, Func<T> body)
    {
        try
        {
            return session.InTransaction(body);
        }
        catch
        {
            _entities.Clear();
            throw;
        }
    }

    private AppendOutcome AppendShard(SqliteSession session, ShardAppend append, long recordedAt)
    {
        if (ReadChain(session, append) is not { } chain)
        {
            return AppendOutcome.Fenced;
        }

        var position = append.ExpectedHead;
        foreach (var stored in append.Events)
        {
            var tip = _entities.FindOrAdd(session, stored.Id, append.ShardId);
            tip.Advance(stored, append.ShardId);
            Insert(session, append.ShardId, ++position, tip.Key, stored, recordedAt);
            chain = ShardChain.Next(chain, position, stored.Hash);
        }

        if (append.Events.Count > 0)
        {
            session.Prepare("UPDATE shard SET head = ?2, chain = ?3 WHERE shard_id = ?1")
                .Set(1, append.ShardId).Set(2, position).Set(3, chain).Run();
        }

        foreach (var change in append.Reminders)
        {
            Apply(session, append.ShardId, change);
        }

        SqliteMessages.Send(session, append);
        foreach (var mark in append.Inbox)
        {
            SqliteMessages.Mark(session, _entities.FindOrAdd(session, mark.To, append.ShardId), append.ShardId, mark);
        }

        return AppendOutcome.Stored;
    }

    // The compare of the compare-and-swap; the write lock is held since BEGIN IMMEDIATE.
    private static byte[]? ReadChain(SqliteSession session, ShardAppend append)
    {
        var select = session.Prepare("SELECT chain FROM shard WHERE shard_id = ?1 AND epoch = ?2 AND head = ?3")
            .Set(1, append.ShardId).Set(2, append.Epoch).Set(3, append.ExpectedHead);
        if (!select.Step())
        {
            return null;
        }

        var chain = select.Blob(0);
        select.Reset();
        return chain;
    }

    private static void Insert(
        SqliteSession session, int shardId, long position, long entity, JournalEvent stored, long recordedAt) =>
        session.Prepare(InsertEvent)
            .Set(1, shardId).Set(2, position).Set(3, entity).Set(4, stored.SequenceNr).Set(5, stored.Epoch)
            .Set(6, stored.TypeId).Set(7, stored.TypeVersion).Set(8, stored.At.UtcTicks).Set(9, recordedAt)
            .Set(10, stored.Meta).Set(11, stored.Payload).Set(12, stored.PayloadHash).Set(13, stored.Hash)
            .Run();

    private const string InsertEvent = """
        INSERT INTO journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, recorded_at, meta, payload, payload_hash, hash)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        """;

    private void Apply(SqliteSession session, int shardId, ReminderChange change)
    {
        if (change.Reminder is not { } reminder)
        {
            Clear(session, shardId, change);
            return;
        }

        var tip = _entities.FindOrAdd(session, change.Id, shardId);
        tip.RequireShard(change.Id, shardId);
        session.Prepare("""
            INSERT INTO reminder(entity, name, shard_id, generation, due_at, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT(entity, name) DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, payload = excluded.payload
            """)
            .Set(1, tip.Key).Set(2, change.Name).Set(3, shardId).Set(4, reminder.Generation)
            .Set(5, reminder.DueAt.UtcTicks).Set(6, reminder.Payload).Run();
    }

    private void Clear(SqliteSession session, int shardId, ReminderChange change)
    {
        if (_entities.Find(session, change.Id) is { } tip)
        {
            tip.RequireShard(change.Id, shardId);
            session.Prepare("DELETE FROM reminder WHERE entity = ?1 AND name = ?2").Set(1, tip.Key).Set(2, change.Name).Run();
        }
    }

    private static ShardGrant Raise(SqliteSession session, int shardId)
    {
        var update = session.Prepare("UPDATE shard SET epoch = epoch + 1 WHERE shard_id = ?1 RETURNING epoch, head").Set(1, shardId);
        update.Step();
        var grant = new ShardGrant(shardId, update.Int64(0), update.Int64(1));
        update.Step();
        return grant;
    }

    private long RequireHistory(SqliteSession session, JournalSnapshot snapshot)
    {
        var key = _entities.Find(session, snapshot.Id)?.Key ?? 0;
        var select = session.Prepare("SELECT hash FROM journal WHERE entity = ?1 AND seq = ?2").Set(1, key).Set(2, snapshot.SequenceNr);
        var matches = select.Step() && select.Blob(0).AsSpan().SequenceEqual(snapshot.EventHash);
        select.Reset();
        return matches
            ? key
            : throw new JournalException(JournalErrorCodes.ForeignSnapshot,
                $"The snapshot of {snapshot.Id} at {snapshot.SequenceNr} does not match the event stored there. "
                + "It was not stored; recover the entity from its events.", isTransient: false, outcomeUnknown: false);
    }
}

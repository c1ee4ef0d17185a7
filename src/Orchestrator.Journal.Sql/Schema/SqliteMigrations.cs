namespace Orchestrator.Journal.Sql.Schema;

/// <summary>The schema in the dialect of SQLite 3.35 (no STRICT tables there).</summary>
/// <remarks>
/// <c>journal.id</c> is the rowid, so rows append at the end of one B-tree whatever their shard; the small integer for the
/// entity keeps the second index half the size a text key would need. Times are UTC ticks of 100 ns.
/// </remarks>
internal static class SqliteMigrations
{
    /// <summary>The version that brought checkpoints and shredding.</summary>
    public const int EvidenceVersion = 3;

    public static IReadOnlyList<Migration> All { get; } = [new(1, First), new(2, Messages), new(EvidenceVersion, Evidence)];

    private const string First = """
        CREATE TABLE store(only INTEGER PRIMARY KEY CHECK(only = 1), shard_count INTEGER NOT NULL, created_at INTEGER NOT NULL);

        CREATE TABLE shard(
          shard_id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL DEFAULT 0, head INTEGER NOT NULL DEFAULT 0,
          chain BLOB NOT NULL);

        CREATE TABLE entity(
          id INTEGER PRIMARY KEY, shard_id INTEGER NOT NULL REFERENCES shard(shard_id), kind INTEGER NOT NULL,
          name TEXT NOT NULL, UNIQUE(kind, name));

        CREATE TABLE journal(
          id INTEGER PRIMARY KEY, shard_id INTEGER NOT NULL, position INTEGER NOT NULL,
          entity INTEGER NOT NULL REFERENCES entity(id), seq INTEGER NOT NULL, epoch INTEGER NOT NULL,
          type_id INTEGER NOT NULL, type_ver INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
          meta BLOB NOT NULL, payload BLOB, payload_hash BLOB NOT NULL, hash BLOB NOT NULL,
          UNIQUE(shard_id, position), UNIQUE(entity, seq));

        CREATE TABLE snapshot(
          entity INTEGER NOT NULL REFERENCES entity(id), seq INTEGER NOT NULL, schema INTEGER NOT NULL, at INTEGER NOT NULL,
          event_hash BLOB NOT NULL, payload BLOB NOT NULL, payload_hash BLOB NOT NULL, PRIMARY KEY(entity, seq));

        CREATE TABLE reminder(
          entity INTEGER NOT NULL REFERENCES entity(id), name TEXT NOT NULL, shard_id INTEGER NOT NULL,
          generation INTEGER NOT NULL, due_at INTEGER NOT NULL, payload BLOB NOT NULL,
          PRIMARY KEY(entity, name)) WITHOUT ROWID;
        CREATE INDEX reminder_due ON reminder(shard_id, due_at);

        CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER entity_no_update BEFORE UPDATE ON entity BEGIN SELECT RAISE(ABORT, 'an entity keeps its name'); END;
        CREATE TRIGGER entity_no_delete BEFORE DELETE ON entity BEGIN SELECT RAISE(ABORT, 'an entity keeps its name'); END;
        CREATE TRIGGER shard_no_delete BEFORE DELETE ON shard BEGIN SELECT RAISE(ABORT, 'shards are for ever'); END;
        CREATE TRIGGER shard_forward BEFORE UPDATE ON shard WHEN NEW.epoch < OLD.epoch OR NEW.head < OLD.head
          OR NEW.shard_id <> OLD.shard_id BEGIN SELECT RAISE(ABORT, 'a shard only moves forward'); END;
        CREATE TRIGGER store_no_update BEFORE UPDATE ON store BEGIN SELECT RAISE(ABORT, 'the shard count is fixed'); END;
        CREATE TRIGGER store_no_delete BEFORE DELETE ON store BEGIN SELECT RAISE(ABORT, 'the shard count is fixed'); END;
        """;

    // The sender and its sequence number are those of the event at the position. An inbox mark never moves back.
    private const string Messages = """
        CREATE TABLE outbox(
          shard_id INTEGER NOT NULL, position INTEGER NOT NULL, ordinal INTEGER NOT NULL,
          to_kind INTEGER NOT NULL, to_name TEXT NOT NULL, payload BLOB NOT NULL,
          PRIMARY KEY(shard_id, position, ordinal), FOREIGN KEY(shard_id, position) REFERENCES journal(shard_id, position)) WITHOUT ROWID;
        CREATE INDEX outbox_to ON outbox(to_kind, to_name);

        CREATE TABLE inbox(
          entity INTEGER NOT NULL REFERENCES entity(id), from_kind INTEGER NOT NULL, from_name TEXT NOT NULL,
          seq INTEGER NOT NULL, ordinal INTEGER NOT NULL, PRIMARY KEY(entity, from_kind, from_name)) WITHOUT ROWID;
        """;

    // Payloads may be removed, nothing else may change, and only where a note says so: what is not on record cannot happen by mistake.
    private const string Evidence = """
        CREATE TABLE checkpoint(
          n INTEGER PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL, key_id TEXT NOT NULL, sig BLOB NOT NULL);

        CREATE TABLE merkle_frontier(tree INTEGER PRIMARY KEY, size INTEGER NOT NULL, frontier BLOB NOT NULL);

        CREATE TABLE checkpoint_anchor(target TEXT PRIMARY KEY, n INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE shredding(
          n INTEGER PRIMARY KEY, entity INTEGER NOT NULL REFERENCES entity(id), first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
          at INTEGER NOT NULL, caller TEXT NOT NULL, reason TEXT NOT NULL);
        CREATE INDEX shredding_entity ON shredding(entity, first_seq);

        CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is final'); END;
        CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is final'); END;
        CREATE TRIGGER shredding_no_update BEFORE UPDATE ON shredding BEGIN SELECT RAISE(ABORT, 'a shredding note is final'); END;
        CREATE TRIGGER shredding_no_delete BEFORE DELETE ON shredding BEGIN SELECT RAISE(ABORT, 'a shredding note is final'); END;

        DROP TRIGGER journal_no_update;
        CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
          WHEN NEW.payload IS NOT NULL OR NEW.id <> OLD.id OR NEW.shard_id <> OLD.shard_id OR NEW.position <> OLD.position
            OR NEW.entity <> OLD.entity OR NEW.seq <> OLD.seq OR NEW.epoch <> OLD.epoch OR NEW.type_id <> OLD.type_id
            OR NEW.type_ver <> OLD.type_ver OR NEW.at <> OLD.at OR NEW.recorded_at <> OLD.recorded_at OR NEW.meta <> OLD.meta
            OR NEW.payload_hash <> OLD.payload_hash OR NEW.hash <> OLD.hash
            OR NOT EXISTS(SELECT 1 FROM shredding s WHERE s.entity = OLD.entity AND OLD.seq BETWEEN s.first_seq AND s.last_seq)
          BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        """;
}

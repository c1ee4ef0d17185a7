namespace Orchestrator.Journal.Sql.Schema;

/// <summary>The schema in the dialect of PostgreSQL 15; its tables are in a schema of their own, <c>orchestrator</c>.</summary>
/// <remarks>
/// <para>The row of a shard is updated by every append: it has no index on what changes and room in its page, so that the update
/// stays in the page. <c>journal.entity</c> is no foreign key: the check would cost each inserted row a look-up, and the entity is
/// written by the same statement. A message's sender and sequence number are those of the event at its position.
/// <c>journal.link</c> begins the shard's chain at the event. Times are UTC ticks of 100 ns where they are hashed or
/// compared exactly; a timestamptz has microseconds.</para>
/// <para>A trigger stops accidents, not the owner of the tables. Run the service as a role that does not own them, with
/// SELECT and INSERT on journal and entity only (see the README).</para>
/// </remarks>
internal static class PostgresMigrations
{
    public static IReadOnlyList<Migration> All { get; } = [new(1, First)];

    private const string First = """
        CREATE TABLE store(
          single boolean PRIMARY KEY DEFAULT true CHECK(single), id uuid NOT NULL DEFAULT gen_random_uuid(), shard_count int NOT NULL,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp());

        CREATE TABLE node(
          node_id uuid PRIMARY KEY, name text NOT NULL, url text NOT NULL, zone text NOT NULL, roles text[] NOT NULL, build text NOT NULL,
          cert_sha256 bytea NOT NULL, state smallint NOT NULL, lease_since timestamptz NOT NULL, lease_until timestamptz NOT NULL)
          WITH (fillfactor = 50);
        CREATE UNIQUE INDEX node_name ON node(name) WHERE state <> 3;

        CREATE TABLE shard(
          shard_id int PRIMARY KEY, owner uuid, epoch bigint NOT NULL DEFAULT 0, head bigint NOT NULL DEFAULT 0,
          chain bytea NOT NULL, state smallint NOT NULL DEFAULT 0, handoff_to uuid, released_at timestamptz)
          WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

        CREATE SEQUENCE entity_key INCREMENT BY 64;
        CREATE TABLE entity(
          id bigint PRIMARY KEY, shard_id int NOT NULL, kind int NOT NULL, name text COLLATE "C" NOT NULL, UNIQUE(kind, name));
        CREATE INDEX entity_shard ON entity(shard_id);

        CREATE TABLE journal(
          shard_id int NOT NULL, position bigint NOT NULL, entity bigint NOT NULL, seq bigint NOT NULL, epoch bigint NOT NULL,
          type_id int NOT NULL, type_ver smallint NOT NULL, at bigint NOT NULL, link bigint NOT NULL,
          recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(), meta bytea NOT NULL, payload bytea,
          payload_hash bytea NOT NULL, hash bytea NOT NULL,
          PRIMARY KEY(shard_id, position), UNIQUE(entity, seq));

        CREATE TABLE snapshot(
          entity bigint NOT NULL, seq bigint NOT NULL, schema int NOT NULL, at bigint NOT NULL, event_hash bytea NOT NULL,
          payload bytea NOT NULL, payload_hash bytea NOT NULL, PRIMARY KEY(entity, seq));

        CREATE TABLE reminder(
          entity bigint NOT NULL, name text COLLATE "C" NOT NULL, shard_id int NOT NULL, generation bigint NOT NULL,
          due_at bigint NOT NULL, payload bytea NOT NULL, PRIMARY KEY(entity, name));
        CREATE INDEX reminder_due ON reminder(shard_id, due_at);

        CREATE TABLE outbox(
          shard_id int NOT NULL, position bigint NOT NULL, ordinal smallint NOT NULL,
          to_kind int NOT NULL, to_name text COLLATE "C" NOT NULL, payload bytea NOT NULL, PRIMARY KEY(shard_id, position, ordinal));
        CREATE INDEX outbox_to ON outbox(to_kind, to_name);

        CREATE TABLE inbox(
          entity bigint NOT NULL, from_kind int NOT NULL, from_name text COLLATE "C" NOT NULL, seq bigint NOT NULL,
          ordinal smallint NOT NULL, PRIMARY KEY(entity, from_kind, from_name));

        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON journal FOR EACH ROW
          EXECUTE FUNCTION refuse('the journal is append-only');
        CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal EXECUTE FUNCTION refuse('the journal is append-only');
        CREATE TRIGGER entity_no_change BEFORE UPDATE OR DELETE ON entity FOR EACH ROW
          EXECUTE FUNCTION refuse('an entity keeps its name');
        CREATE TRIGGER entity_no_truncate BEFORE TRUNCATE ON entity EXECUTE FUNCTION refuse('an entity keeps its name');
        CREATE TRIGGER shard_no_delete BEFORE DELETE ON shard FOR EACH ROW EXECUTE FUNCTION refuse('shards are for ever');
        CREATE TRIGGER shard_no_truncate BEFORE TRUNCATE ON shard EXECUTE FUNCTION refuse('shards are for ever');
        CREATE TRIGGER shard_forward BEFORE UPDATE ON shard FOR EACH ROW
          WHEN (NEW.epoch < OLD.epoch OR NEW.head < OLD.head OR NEW.shard_id <> OLD.shard_id)
          EXECUTE FUNCTION refuse('a shard only moves forward');
        CREATE TRIGGER store_no_change BEFORE UPDATE OR DELETE ON store FOR EACH ROW
          EXECUTE FUNCTION refuse('the shard count is fixed');
        CREATE TRIGGER store_no_truncate BEFORE TRUNCATE ON store EXECUTE FUNCTION refuse('the shard count is fixed');
        """;
}

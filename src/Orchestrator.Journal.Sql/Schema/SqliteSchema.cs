using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Schema;

/// <summary>Creates, migrates and checks the schema of a SQLite journal, in one transaction: after a crash it is there whole or not.</summary>
internal static class SqliteSchema
{
    /// <summary>"ORJ1" in the database header tells our file from any other SQLite database.</summary>
    public const int ApplicationId = 0x4F524A31;

    public static void Prepare(
        SqliteSession session, int shardCount, TimeProvider clock, IReadOnlyList<Migration>? migrations = null)
    {
        session.InTransaction(() =>
        {
            var version = ReadVersion(session);
            migrations ??= SqliteMigrations.All;
            RefuseNewer(session, version, migrations[^1].Version);
            var now = clock.GetUtcNow().UtcTicks;
            Migrate(session, version, migrations, now);
            if (version == 0)
            {
                Fill(session, shardCount, now);
            }

            CheckShardCount(session, shardCount);
            return true;
        });
    }

    /// <summary>Checks a file opened read-only, and returns its shard count and whether its schema has checkpoints already.</summary>
    public static (int Shards, bool HasEvidence) CheckReadable(SqliteSession session)
    {
        var version = ReadVersion(session);
        RefuseNewer(session, version, SqliteMigrations.All[^1].Version);
        return version == 0 ? throw NotAJournal(session.Path) : (ReadShardCount(session), version >= SqliteMigrations.EvidenceVersion);
    }

    private static int ReadVersion(SqliteSession session)
    {
        var application = session.Scalar("PRAGMA application_id");
        if (application == ApplicationId)
        {
            return (int)session.Scalar("SELECT max(version) FROM schema_version");
        }

        var isEmpty = session.Scalar("SELECT count(*) FROM sqlite_master") == 0;
        return application == 0 && isEmpty ? 0 : throw NotAJournal(session.Path);
    }

    private static void Migrate(SqliteSession session, int version, IReadOnlyList<Migration> migrations, long now)
    {
        if (version == 0)
        {
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            session.Execute("CREATE TABLE schema_version(version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
        }

        foreach (var migration in migrations.Where(m => m.Version > version))
        {
            session.Execute(migration.Sql);
            session.Prepare("INSERT INTO schema_version(version, applied_at) VALUES(?1, ?2)")
                .Set(1, migration.Version).Set(2, now).Run();
        }
    }

    private static void Fill(SqliteSession session, int shardCount, long now)
    {
        session.Prepare("INSERT INTO store(only, shard_count, created_at) VALUES(1, ?1, ?2)")
            .Set(1, shardCount).Set(2, now).Run();
        for (var shard = 0; shard < shardCount; shard++)
        {
            session.Prepare("INSERT INTO shard(shard_id, chain) VALUES(?1, ?2)")
                .Set(1, shard).Set(2, ShardChain.Genesis(shard)).Run();
        }
    }

    private static int ReadShardCount(SqliteSession session) => (int)session.Scalar("SELECT shard_count FROM store");

    private static void CheckShardCount(SqliteSession session, int wanted)
    {
        var stored = ReadShardCount(session);
        if (stored != wanted)
        {
            throw Refuse(JournalErrorCodes.ShardCountMismatch,
                $"The journal {session.Path} was created with {stored} shards and keeps them for ever; {wanted} are configured. "
                + $"Set the shard count back to {stored}.");
        }
    }

    private static void RefuseNewer(SqliteSession session, int version, int known)
    {
        if (version > known)
        {
            throw Refuse(JournalErrorCodes.SchemaTooNew,
                $"The journal {session.Path} has schema version {version}, this program knows up to {known}. "
                + "Start the version of the product that wrote it, or a later one.");
        }
    }

    private static JournalException NotAJournal(string path) => Refuse(JournalErrorCodes.NotAJournal,
        $"{path} is a SQLite database, but not a journal of this product. Name another file for the journal.");

    private static JournalException Refuse(string code, string message) =>
        new(code, message, isTransient: false, outcomeUnknown: false);
}

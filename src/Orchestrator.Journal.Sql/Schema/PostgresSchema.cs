using Npgsql;
using NpgsqlTypes;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Schema;

/// <summary>Creates, migrates and checks the schema of a PostgreSQL journal, in one transaction: after a crash it is there whole or not.</summary>
/// <remarks>Nodes that start together wait for each other: an advisory lock of the database is held until the commit.</remarks>
internal static class PostgresSchema
{
    /// <summary>The schema the tables are in.</summary>
    public const string Name = "orchestrator";

    // "ORJ1"; advisory locks are per database.
    private const long LockKey = 0x4F524A31;

    private const string CountForeignTables = """
        SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
          AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        """;

    /// <summary>Brings the database to this program's schema.</summary>
    /// <returns>The identity of the store, made when it was created.</returns>
    public static async Task<Guid> PrepareAsync(
        NpgsqlConnection connection, string server, int shardCount, IReadOnlyList<Migration>? migrations = null)
    {
        migrations ??= PostgresMigrations.All;
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock($1)", LockKey);
        var version = await ReadVersionAsync(connection, server);
        RefuseNewer(server, version, migrations[^1].Version);
        await MigrateAsync(connection, version, migrations);
        if (version == 0)
        {
            await FillAsync(connection, shardCount);
        }

        var (id, stored) = await ReadStoreAsync(connection);
        CheckShardCount(server, stored, shardCount);
        await transaction.CommitAsync();
        return id;
    }

    /// <summary>Checks a database that is only read, and returns its shard count.</summary>
    public static async Task<int> CheckReadableAsync(NpgsqlConnection connection, string server)
    {
        var version = await ReadVersionAsync(connection, server);
        RefuseNewer(server, version, PostgresMigrations.All[^1].Version);
        return version == 0 ? throw NotAJournal(server) : (await ReadStoreAsync(connection)).ShardCount;
    }

    /// <summary>The identity of the store and its shard count.</summary>
    public static async Task<(Guid Id, int ShardCount)> ReadStoreAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT id, shard_count FROM store", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetGuid(0), reader.GetInt32(1));
    }

    private static async Task<int> ReadVersionAsync(NpgsqlConnection connection, string server)
    {
        var ours = await ScalarAsync<bool>(connection,
            "SELECT to_regclass('orchestrator.schema_version') IS NOT NULL AND to_regclass('orchestrator.store') IS NOT NULL");
        if (ours)
        {
            return await ScalarAsync<int>(connection, "SELECT max(version) FROM schema_version");
        }

        return await ScalarAsync<long>(connection, CountForeignTables) == 0 ? 0 : throw NotAJournal(server);
    }

    private static async Task MigrateAsync(NpgsqlConnection connection, int version, IReadOnlyList<Migration> migrations)
    {
        if (version == 0)
        {
            // Asked first, because CREATE ... IF NOT EXISTS wants the right to create even when there is nothing to do.
            if (!await ScalarAsync<bool>(connection, "SELECT to_regnamespace('orchestrator') IS NOT NULL"))
            {
                await ExecuteAsync(connection, "CREATE SCHEMA orchestrator");
            }

            await ExecuteAsync(connection,
                "CREATE TABLE schema_version(version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())");
        }

        foreach (var migration in migrations.Where(m => m.Version > version))
        {
            await ExecuteAsync(connection, migration.Sql);
            await ExecuteAsync(connection, "INSERT INTO schema_version(version) VALUES($1)", migration.Version);
        }
    }

    private static async Task FillAsync(NpgsqlConnection connection, int shardCount)
    {
        await ExecuteAsync(connection, "INSERT INTO store(shard_count) VALUES($1)", shardCount);
        var shards = Enumerable.Range(0, shardCount).ToArray();
        await using var command = new NpgsqlCommand("INSERT INTO shard(shard_id, chain) SELECT * FROM unnest($1, $2)", connection);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer, Value = shards });
        command.Parameters.Add(new NpgsqlParameter
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, Value = shards.Select(ShardChain.Genesis).ToArray(),
        });
        await command.ExecuteNonQueryAsync();
    }

    private static void CheckShardCount(string server, int stored, int wanted)
    {
        if (stored != wanted)
        {
            throw Refuse(JournalErrorCodes.ShardCountMismatch,
                $"The journal {server} was created with {stored} shards and keeps them for ever; {wanted} are configured. "
                + $"Set the shard count back to {stored}.");
        }
    }

    private static void RefuseNewer(string server, int version, int known)
    {
        if (version > known)
        {
            throw Refuse(JournalErrorCodes.SchemaTooNew,
                $"The journal {server} has schema version {version}, this program knows up to {known}. "
                + "Start the version of the product that wrote it, or a later one.");
        }
    }

    private static JournalException NotAJournal(string server) => Refuse(JournalErrorCodes.NotAJournal,
        $"The database {server} holds tables, but not a journal of this product. Name an empty database for the journal.");

    private static JournalException Refuse(string code, string message) =>
        new(code, message, isTransient: false, outcomeUnknown: false);

#pragma warning disable CA2100 // The texts are those above and those of the migrations.
    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
#pragma warning restore CA2100
}

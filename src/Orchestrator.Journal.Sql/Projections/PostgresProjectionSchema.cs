using Npgsql;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>The tables of the read models, in a schema of their own beside the journal's: they may be dropped at any time.</summary>
internal static class PostgresProjectionSchema
{
    // "ORP1"; advisory locks are per database.
    private const long LockKey = 0x4F525031;

    private const string Tables = """
        CREATE SCHEMA orchestrator_read;
        CREATE TABLE orchestrator_read.projection(
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL, version int NOT NULL, active boolean NOT NULL,
          UNIQUE(name, version));
        CREATE UNIQUE INDEX projection_active ON orchestrator_read.projection(name) WHERE active;
        CREATE TABLE orchestrator_read.projection_offset(
          projection bigint NOT NULL, shard_id int NOT NULL, position bigint NOT NULL, hash bytea NOT NULL,
          PRIMARY KEY(projection, shard_id)) WITH (fillfactor = 50);
        CREATE TABLE orchestrator_read.projection_row(
          projection bigint NOT NULL, key text COLLATE "C" NOT NULL, shard_id int NOT NULL, value bytea NOT NULL, PRIMARY KEY(projection, key));
        CREATE TABLE orchestrator_read.dead_letter(
          projection bigint NOT NULL, shard_id int NOT NULL, position bigint NOT NULL, attempts int NOT NULL, error text NOT NULL,
          at bigint NOT NULL, PRIMARY KEY(projection, shard_id, position));
        """;

    /// <summary>Makes the tables when they are not there; nodes that start together wait for each other.</summary>
    public static async Task PrepareAsync(NpgsqlConnection connection)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var guard = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        await guard.ExecuteNonQueryAsync();
        await using var ask = new NpgsqlCommand("SELECT to_regclass('orchestrator_read.projection') IS NOT NULL", connection);
        if (!(bool)(await ask.ExecuteScalarAsync())!)
        {
            await using var make = new NpgsqlCommand(Tables, connection);
            await make.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }
}

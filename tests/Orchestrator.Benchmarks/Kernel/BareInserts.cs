using System.Globalization;
using Microsoft.Data.Sqlite;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>The same rows into the same tables with nothing around them: what SQLite alone can do here.</summary>
internal static class BareInserts
{
    /// <summary>Rows per second in transactions of <paramref name="batch"/> rows.</summary>
    public static async Task<double> MeasureAsync(string path, int batch, TimeSpan window)
    {
        await (await SqliteJournal.OpenAsync(path, JournalSection.Shards, TimeProvider.System)).DisposeAsync(); // Makes the tables.
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Run(connection, null, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=10000; PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON");
        Run(connection, null, "INSERT INTO entity VALUES(1, 0, 1, 'machine')");
        using var insert = Prepare(connection, out var position, out var at);
        var head = 0L;
        return await Rounds.RateAsync(window, batch, () =>
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            at.Value = TimeProvider.System.GetUtcNow().UtcTicks;
            for (var i = 0; i < batch; i++)
            {
                position.Value = ++head;
                insert.ExecuteNonQuery();
            }

            Run(connection, transaction, string.Create(CultureInfo.InvariantCulture, $"UPDATE shard SET head = {head} WHERE shard_id = 0"));
            transaction.Commit();
            return Task.CompletedTask;
        });
    }

    private static SqliteCommand Prepare(SqliteConnection connection, out SqliteParameter position, out SqliteParameter at)
    {
        var insert = connection.CreateCommand();
        insert.CommandText = """
            INSERT INTO journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, recorded_at, meta, payload, payload_hash, hash)
            VALUES(0, $position, 1, $position, 1, 1, 1, $at, $at, $meta, $payload, $hash, $hash)
            """;
        position = insert.Parameters.Add("$position", SqliteType.Integer);
        at = insert.Parameters.Add("$at", SqliteType.Integer);
        insert.Parameters.AddWithValue("$meta", Array.Empty<byte>());
        insert.Parameters.AddWithValue("$payload", new byte[JournalSection.PayloadBytes]);
        insert.Parameters.AddWithValue("$hash", new byte[32]);
        insert.Prepare();
        return insert;
    }

#pragma warning disable CA2100 // The texts are those above.
    private static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100
}

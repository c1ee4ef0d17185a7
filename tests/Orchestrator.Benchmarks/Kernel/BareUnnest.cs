using Npgsql;
using NpgsqlTypes;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>The same rows into the same table with nothing around them: what PostgreSQL alone can do here in one statement.</summary>
internal static class BareUnnest
{
    private const string Insert = """
        INSERT INTO orchestrator.journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, link, meta, payload, payload_hash, hash)
        SELECT 0, u.position, 1, u.position, 1, 1, 1, u.at, u.at, ''::bytea, u.payload, u.hash, u.hash
        FROM unnest($1, $2, $3, $4) u(position, at, payload, hash)
        """;

    /// <summary>Rows per second in statements of <paramref name="batch"/> rows.</summary>
    public static async Task<double> MeasureAsync(PostgresDatabase database, int batch, TimeSpan window)
    {
        await (await PostgresSection.OpenAsync(database)).DisposeAsync(); // Makes the tables.
        await using var connection = await database.OpenAsync();
        await using var insert = new NpgsqlCommand(Insert, connection);
        var position = insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        var at = insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        var payload = insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        var hash = insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        var head = 0L;
        payload.Value = Repeat(new byte[JournalSection.PayloadBytes], batch);
        hash.Value = Repeat(new byte[32], batch);
        return await Rounds.RateAsync(window, batch, async () =>
        {
            position.Value = Enumerable.Range(1, batch).Select(i => head + i).ToArray();
            at.Value = Repeat(TimeProvider.System.GetUtcNow().UtcTicks, batch);
            if (head == 0)
            {
                await insert.PrepareAsync();
            }

            head += batch;
            await insert.ExecuteNonQueryAsync();
        });
    }

    private static T[] Repeat<T>(T value, int count) => [.. Enumerable.Repeat(value, count)];
}

using Npgsql;
using Orchestrator.Actors.Projections;
using static Orchestrator.Journal.Sql.Projections.PostgresProjectionQueries;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>What is written to the read models; the caller has begun a transaction.</summary>
internal static class PostgresProjectionWrites
{
    public static async Task<ProjectionStanding> RegisterAsync(NpgsqlConnection connection, ProjectionId id)
    {
        // Whoever registers a name waits for the others that do: there is no row yet that could be locked.
        await RunAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", id.Name);
        await using var ask = Command(connection, "SELECT version FROM orchestrator_read.projection WHERE name = $1 AND active", id.Name);
        var active = await ask.ExecuteScalarAsync() as int? ?? 0;
        if (active > id.Version)
        {
            return ProjectionStanding.Superseded;
        }

        await RunAsync(connection,
            "INSERT INTO orchestrator_read.projection(name, version, active) VALUES($1, $2, $3) ON CONFLICT (name, version) DO NOTHING",
            id.Name, id.Version, active == 0);
        return active == 0 || active == id.Version ? ProjectionStanding.Active : ProjectionStanding.Building;
    }

    public static async Task<IReadOnlyList<bool>> CommitAsync(NpgsqlConnection connection, ProjectionId id, IReadOnlyList<ShardCommit> commits)
    {
        var stored = new bool[commits.Count];
        if (await LockAsync(connection, id, "FOR SHARE") is not { } projection)
        {
            return stored;
        }

        // In the order of the shards, so that two nodes never wait for each other in a circle.
        foreach (var i in Enumerable.Range(0, commits.Count).OrderBy(i => commits[i].ShardId))
        {
            stored[i] = await MoveOffsetAsync(connection, projection, commits[i]);
            if (stored[i])
            {
                await ApplyAsync(connection, projection, id, commits[i]);
            }
        }

        return stored;
    }

    public static async Task<bool> ResetAsync(NpgsqlConnection connection, ProjectionId id, int shardId)
    {
        var projection = await LockAsync(connection, id, "FOR SHARE") ?? 0;
        foreach (var table in (string[])["projection_row", "projection_offset", "dead_letter"])
        {
            await RunAsync(connection, $"DELETE FROM orchestrator_read.{table} WHERE projection = $1 AND shard_id = $2", projection, shardId);
        }

        return true;
    }

    public static async Task<bool> ActivateAsync(NpgsqlConnection connection, ProjectionId id)
    {
        const string Behind = """
            SELECT EXISTS(SELECT 1 FROM orchestrator_read.projection_offset a JOIN orchestrator_read.projection p ON p.id = a.projection
              LEFT JOIN orchestrator_read.projection_offset m ON m.projection = $1 AND m.shard_id = a.shard_id
              WHERE p.name = $2 AND p.active AND coalesce(m.position, 0) < a.position)
            """;
        // Nobody writes to any version of the name from here to the end: what is level now stays so.
        await RunAsync(connection, "SELECT 1 FROM orchestrator_read.projection WHERE name = $1 ORDER BY id FOR UPDATE", id.Name);
        if (await LockAsync(connection, id, "FOR UPDATE") is not { } mine)
        {
            return false;
        }

        await using var ask = Command(connection, Behind, mine, id.Name);
        if ((bool)(await ask.ExecuteScalarAsync())!)
        {
            return false;
        }

        foreach (var table in (string[])["projection_row", "projection_offset", "dead_letter"])
        {
            await RunAsync(connection, $"""
                DELETE FROM orchestrator_read.{table}
                WHERE projection IN (SELECT id FROM orchestrator_read.projection WHERE name = $1 AND id <> $2)
                """, id.Name, mine);
        }

        await RunAsync(connection, "DELETE FROM orchestrator_read.projection WHERE name = $1 AND id <> $2", id.Name, mine);
        await RunAsync(connection, "UPDATE orchestrator_read.projection SET active = true WHERE id = $1 AND NOT active", mine);
        return true;
    }

    private static async Task<long?> LockAsync(NpgsqlConnection connection, ProjectionId id, string mode)
    {
        await using var command = Command(connection,
            $"SELECT id FROM orchestrator_read.projection WHERE name = $1 AND version = $2 {mode}", id.Name, id.Version);
        return await command.ExecuteScalarAsync() as long?;
    }

    /// <summary>The compare-and-swap that makes each event count once.</summary>
    private static async Task<bool> MoveOffsetAsync(NpgsqlConnection connection, long projection, ShardCommit commit)
    {
        const string First = """
            INSERT INTO orchestrator_read.projection_offset(projection, shard_id, position, hash) VALUES($1, $2, $3, $4)
            ON CONFLICT (projection, shard_id) DO NOTHING
            """;
        const string Next = """
            UPDATE orchestrator_read.projection_offset SET position = $3, hash = $4 WHERE projection = $1 AND shard_id = $2 AND position = $5
            """;
        var changed = commit.ExpectedPosition == 0
            ? await RunAsync(connection, First, projection, commit.ShardId, commit.Offset.Position, commit.Offset.Hash)
            : await RunAsync(connection, Next, projection, commit.ShardId, commit.Offset.Position, commit.Offset.Hash, commit.ExpectedPosition);
        return changed == 1;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, long projection, ProjectionId id, ShardCommit commit)
    {
        var changes = ProjectionRules.Reduce(commit.Changes);
        foreach (var prefix in changes.Where(change => change.Kind == RowChangeKind.DeletePrefix))
        {
            await DeleteAsync(id, commit.ShardId, prefix.Key, Command(connection,
                "DELETE FROM orchestrator_read.projection_row WHERE projection = $1 AND key >= $2 AND key < $3 RETURNING shard_id",
                projection, prefix.Key, prefix.Key + ProjectionRules.BehindAll));
        }

        var deleted = changes.Where(change => change.Kind == RowChangeKind.Delete).Select(change => change.Key).ToArray();
        if (deleted.Length > 0)
        {
            var command = Command(connection,
                "DELETE FROM orchestrator_read.projection_row WHERE projection = $1 AND key = ANY($2) RETURNING shard_id", projection);
            command.Parameters.Add(Texts(deleted));
            await DeleteAsync(id, commit.ShardId, deleted[0], command);
        }

        await UpsertAsync(connection, projection, id, commit.ShardId, [.. changes.Where(change => change.Kind == RowChangeKind.Upsert)]);
        foreach (var letter in commit.DeadLetters)
        {
            await RunAsync(connection, """
                INSERT INTO orchestrator_read.dead_letter(projection, shard_id, position, attempts, error, at) VALUES($1, $2, $3, $4, $5, $6)
                ON CONFLICT (projection, shard_id, position) DO UPDATE SET attempts = excluded.attempts, error = excluded.error, at = excluded.at
                """, projection, letter.ShardId, letter.Position, letter.Attempts, letter.Error.Replace('\0', ' '), letter.At.UtcTicks);
        }
    }

    private static async Task DeleteAsync(ProjectionId id, int shardId, string key, NpgsqlCommand command)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                if (reader.GetInt32(0) != shardId)
                {
                    throw ProjectionRules.RowOfAnotherShard(id, key, shardId);
                }
            }
        }
    }

    private static async Task UpsertAsync(NpgsqlConnection connection, long projection, ProjectionId id, int shardId, RowChange[] rows)
    {
        const string Sql = """
            INSERT INTO orchestrator_read.projection_row AS r (projection, key, shard_id, value)
            SELECT $1, key, $2, value FROM unnest($3, $4) AS given(key, value)
            ON CONFLICT (projection, key) DO UPDATE SET value = excluded.value WHERE r.shard_id = excluded.shard_id
            """;
        if (rows.Length == 0)
        {
            return;
        }

        await using var command = Command(connection, Sql, projection, shardId);
        command.Parameters.Add(Texts(rows.Select(row => row.Key)));
        command.Parameters.Add(Blobs(rows.Select(row => row.Value)));
        if (await command.ExecuteNonQueryAsync() != rows.Length)
        {
            throw ProjectionRules.RowOfAnotherShard(id, rows[0].Key, shardId);
        }
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }
}

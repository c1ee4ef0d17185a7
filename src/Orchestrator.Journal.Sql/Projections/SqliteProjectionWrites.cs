using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>What is written to the read models; on the writer thread only.</summary>
internal static class SqliteProjectionWrites
{
    public static ProjectionStanding Register(SqliteSession session, ProjectionId id) => session.InTransaction(() =>
    {
        var newest = session.Prepare("SELECT version FROM projection WHERE name = ?1 AND active = 1").Set(1, id.Name);
        var active = newest.Step() ? newest.Int64(0) : 0;
        newest.Reset();
        if (active > id.Version)
        {
            return ProjectionStanding.Superseded;
        }

        session.Prepare("INSERT INTO projection(name, version, active) VALUES(?1, ?2, ?3) ON CONFLICT(name, version) DO NOTHING")
            .Set(1, id.Name).Set(2, id.Version).Set(3, active == 0 ? 1 : 0).Run();
        return active == 0 || active == id.Version ? ProjectionStanding.Active : ProjectionStanding.Building;
    });

    public static IReadOnlyList<bool> Commit(SqliteSession session, ProjectionId id, IReadOnlyList<ShardCommit> commits) =>
        session.InTransaction(() =>
        {
            var projection = SqliteProjectionQueries.KeyOf(session, id);
            return commits.Select(commit => projection != 0 && Commit(session, projection, id, commit)).ToArray();
        });

    public static bool Reset(SqliteSession session, ProjectionId id, int shardId) => session.InTransaction(() =>
    {
        var projection = SqliteProjectionQueries.KeyOf(session, id);
        foreach (var table in (ReadOnlySpan<string>)["projection_row", "projection_offset", "dead_letter"])
        {
            session.Prepare($"DELETE FROM {table} WHERE projection = ?1 AND shard_id = ?2").Set(1, projection).Set(2, shardId).Run();
        }

        return true;
    });

    public static bool Activate(SqliteSession session, ProjectionId id) => session.InTransaction(() =>
    {
        var (mine, active) = (SqliteProjectionQueries.KeyOf(session, id), SqliteProjectionQueries.ActiveKeyOf(session, id.Name));
        if (mine == 0 || active == 0 || (mine != active && IsBehind(session, mine, active)))
        {
            return false;
        }

        if (mine != active)
        {
            DropOthers(session, id.Name, mine);
            session.Prepare("UPDATE projection SET active = 1 WHERE id = ?1").Set(1, mine).Run();
        }

        return true;
    });

    private static bool IsBehind(SqliteSession session, long mine, long active)
    {
        var select = session.Prepare("""
            SELECT 1 FROM projection_offset a LEFT JOIN projection_offset m ON m.projection = ?1 AND m.shard_id = a.shard_id
            WHERE a.projection = ?2 AND coalesce(m.position, 0) < a.position LIMIT 1
            """).Set(1, mine).Set(2, active);
        var isBehind = select.Step();
        select.Reset();
        return isBehind;
    }

    private static void DropOthers(SqliteSession session, string name, long kept)
    {
        foreach (var table in (ReadOnlySpan<string>)["projection_row", "projection_offset", "dead_letter"])
        {
            session.Prepare($"DELETE FROM {table} WHERE projection IN (SELECT id FROM projection WHERE name = ?1 AND id <> ?2)")
                .Set(1, name).Set(2, kept).Run();
        }

        session.Prepare("DELETE FROM projection WHERE name = ?1 AND id <> ?2").Set(1, name).Set(2, kept).Run();
    }

    private static bool Commit(SqliteSession session, long projection, ProjectionId id, ShardCommit commit)
    {
        if (!MoveOffset(session, projection, commit))
        {
            return false;
        }

        foreach (var change in commit.Changes)
        {
            Apply(session, projection, id, commit.ShardId, change);
        }

        foreach (var letter in commit.DeadLetters)
        {
            session.Prepare("INSERT OR REPLACE INTO dead_letter(projection, shard_id, position, attempts, error, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
                .Set(1, projection).Set(2, letter.ShardId).Set(3, letter.Position).Set(4, letter.Attempts).Set(5, letter.Error)
                .Set(6, letter.At.UtcTicks).Run();
        }

        return true;
    }

    /// <summary>The compare-and-swap that makes each event count once.</summary>
    private static bool MoveOffset(SqliteSession session, long projection, ShardCommit commit)
    {
        var (sql, isFirst) = commit.ExpectedPosition == 0
            ? ("INSERT INTO projection_offset(projection, shard_id, position, hash) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", true)
            : ("UPDATE projection_offset SET position = ?3, hash = ?4 WHERE projection = ?1 AND shard_id = ?2 AND position = ?5", false);
        var move = session.Prepare(sql).Set(1, projection).Set(2, commit.ShardId).Set(3, commit.Offset.Position).Set(4, commit.Offset.Hash);
        return (isFirst ? move : move.Set(5, commit.ExpectedPosition)).Run() == 1;
    }

    private static void Apply(SqliteSession session, long projection, ProjectionId id, int shardId, RowChange change)
    {
        var to = change.Kind == RowChangeKind.DeletePrefix ? change.Key + ProjectionRules.BehindAll : change.Key + ' ';
        if (change.Kind != RowChangeKind.Upsert)
        {
            RequireOwn(session, projection, id, shardId, change.Key, to);
            session.Prepare("DELETE FROM projection_row WHERE projection = ?1 AND key >= ?2 AND key < ?3")
                .Set(1, projection).Set(2, change.Key).Set(3, to).Run();
            return;
        }

        var changed = session.Prepare("""
            INSERT INTO projection_row(projection, key, shard_id, value) VALUES(?1, ?2, ?3, ?4)
            ON CONFLICT(projection, key) DO UPDATE SET value = excluded.value WHERE shard_id = excluded.shard_id
            """).Set(1, projection).Set(2, change.Key).Set(3, shardId).Set(4, change.Value).Run();
        if (changed != 1)
        {
            throw ProjectionRules.RowOfAnotherShard(id, change.Key, shardId);
        }
    }

    private static void RequireOwn(SqliteSession session, long projection, ProjectionId id, int shardId, string from, string to)
    {
        var select = session.Prepare("SELECT 1 FROM projection_row WHERE projection = ?1 AND key >= ?2 AND key < ?3 AND shard_id <> ?4 LIMIT 1")
            .Set(1, projection).Set(2, from).Set(3, to).Set(4, shardId);
        var isForeign = select.Step();
        select.Reset();
        if (isForeign)
        {
            throw ProjectionRules.RowOfAnotherShard(id, from, shardId);
        }
    }
}

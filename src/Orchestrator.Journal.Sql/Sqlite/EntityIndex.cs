using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>The tips of the entities written lately; on the writer thread only.</summary>
/// <remarks>There is one writer, so what it remembers is what is stored, as long as it forgets everything when it rolls back.</remarks>
internal sealed class EntityIndex
{
    private const int Capacity = 65_536;
    private readonly Dictionary<PersistenceId, EntityTip> _tips = [];

    /// <summary>Forgets everything; the next look reads the store.</summary>
    public void Clear() => _tips.Clear();

    /// <summary>The entity's tip, or null when the store does not know it.</summary>
    public EntityTip? Find(SqliteSession session, PersistenceId id)
    {
        if (_tips.TryGetValue(id, out var known))
        {
            return known;
        }

        return Read(session, id) is { } tip ? Remember(id, tip) : null;
    }

    /// <summary>The entity's tip; a new entity is entered into the shard.</summary>
    public EntityTip FindOrAdd(SqliteSession session, PersistenceId id, int shardId) =>
        Find(session, id) ?? Remember(id, Add(session, id, shardId));

    private EntityTip Remember(PersistenceId id, EntityTip tip)
    {
        if (_tips.Count >= Capacity)
        {
            _tips.Clear();
        }

        _tips[id] = tip;
        return tip;
    }

    private static EntityTip? Read(SqliteSession session, PersistenceId id)
    {
        var select = session.Prepare("""
            SELECT e.id, e.shard_id, j.seq, j.hash FROM entity e LEFT JOIN journal j ON j.entity = e.id
            WHERE e.kind = ?1 AND e.name = ?2 ORDER BY j.seq DESC LIMIT 1
            """).Set(1, id.Kind).Set(2, id.Name);
        if (!select.Step())
        {
            return null;
        }

        var hash = select.IsNull(3) ? HashChain.Genesis(id) : select.Blob(3);
        var tip = new EntityTip(select.Int64(0), (int)select.Int64(1), select.Int64(2), hash);
        select.Reset();
        return tip;
    }

    private static EntityTip Add(SqliteSession session, PersistenceId id, int shardId)
    {
        var insert = session.Prepare("INSERT INTO entity(shard_id, kind, name) VALUES(?1, ?2, ?3) RETURNING id");
        insert.Set(1, shardId).Set(2, id.Kind).Set(3, id.Name).Step();
        var key = insert.Int64(0);
        insert.Step();
        return new EntityTip(key, shardId, 0, HashChain.Genesis(id));
    }
}

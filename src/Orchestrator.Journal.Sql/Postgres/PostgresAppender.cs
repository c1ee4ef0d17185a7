using Npgsql;
using NpgsqlTypes;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>Appends through the writing connection; one call at a time.</summary>
internal sealed class PostgresAppender
{
    // Two hundred bytes or so each; beyond that all is forgotten and read again as it is needed.
    private const int MostEntities = 131_072;
    private readonly Dictionary<int, ShardMemory> _shards = [];
    private readonly EntityKeys _keys = new();
    private readonly HashSet<int> _doubtful = [];

    /// <summary>Stores what is not fenced.</summary>
    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(PostgresSession session, IReadOnlyList<ShardAppend> appends)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                return await TryAppendAsync(session, appends);
            }
            catch (JournalException error) when (error.Code == JournalErrorCodes.BrokenHistory && !isSecond)
            {
                // What is remembered must not refuse anything: once more, by what is stored. That also names the entity when
                // it was the store that refused, and finds the shard fenced if somebody else wrote what is in the way.
                _shards.Clear();
            }
            catch (Exception error)
            {
                _shards.Clear();
                if (error is JournalException { OutcomeUnknown: true })
                {
                    _doubtful.UnionWith(appends.Select(static append => append.ShardId));
                }

                throw;
            }
        }
    }

    /// <summary>The (epoch, head) of a shard.</summary>
    /// <remarks>
    /// After an append of unknown outcome the row is locked: that waits until the append has ended, whatever became of its
    /// connection, and the commit of the lock is confirmed by the replicas only after all that was committed before.
    /// </remarks>
    public async Task<ShardGrant> ReadHeadAsync(PostgresSession session, int shardId)
    {
        var isDoubtful = _doubtful.Contains(shardId);
        var head = await session.RunAsync(() => ReadHeadAsync(session.Connection, shardId, isDoubtful), mayCommit: isDoubtful);
        _doubtful.Remove(shardId);
        return head;
    }

    private async Task<IReadOnlyList<AppendOutcome>> TryAppendAsync(PostgresSession session, IReadOnlyList<ShardAppend> appends)
    {
        await LoadAsync(session, appends);
        var batch = new AppendBatch();
        foreach (var append in appends.OrderBy(static append => append.ShardId)) // All take the row locks in one order.
        {
            if (_shards[append.ShardId].Fits(append))
            {
                batch.Add(append, _shards[append.ShardId], _keys);
            }
        }

        var stored = batch.Wants.Count == 0
            ? new HashSet<int>()
            : await session.RunAsync(() => session.Append.RunAsync(batch), mayCommit: true);
        return [.. appends.Select(append => Settle(append, stored.Contains(append.ShardId)))];
    }

    private AppendOutcome Settle(ShardAppend append, bool isStored)
    {
        if (isStored)
        {
            return AppendOutcome.Stored;
        }

        _shards.Remove(append.ShardId);
        return AppendOutcome.Fenced;
    }

    // Reads what is not remembered of the shards and entities; in the steady state that is nothing.
    private async Task LoadAsync(PostgresSession session, IReadOnlyList<ShardAppend> appends)
    {
        if (_shards.Values.Sum(static shard => shard.EntityCount) > MostEntities)
        {
            _shards.Clear();
        }

        foreach (var append in appends.Where(append => _shards.TryGetValue(append.ShardId, out var shard) && !shard.Fits(append)))
        {
            _shards.Remove(append.ShardId);
        }

        var shards = appends.Select(static append => append.ShardId).Where(shard => !_shards.ContainsKey(shard)).ToArray();
        var entities = appends.SelectMany(Entities).ToHashSet();
        if (shards.Length > 0 || entities.Count > 0)
        {
            await session.RunAsync(() => LoadAsync(session.Connection, shards, [.. entities]), mayCommit: false);
        }
    }

    private IEnumerable<(int Shard, PersistenceId Id)> Entities(ShardAppend append)
    {
        var known = _shards.GetValueOrDefault(append.ShardId);
        return append.Events.Select(static stored => stored.Id).Concat(append.Reminders.Select(static change => change.Id))
            .Concat(append.Inbox.Select(static mark => mark.To))
            .Where(id => known?.Find(id) is null).Select(id => (append.ShardId, id));
    }

    private async Task<bool> LoadAsync(NpgsqlConnection connection, int[] shards, (int Shard, PersistenceId Id)[] entities)
    {
        await using var batch = LoadBatch(connection, shards, entities, _keys.MissingBlocks(entities.Length));
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var shard = reader.GetInt32(0);
            _shards[shard] = new ShardMemory(shard, reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            var (shard, id) = entities[reader.GetInt64(0) - 1];
            var hash = reader.IsDBNull(4) ? HashChain.Genesis(id) : reader.GetFieldValue<byte[]>(4);
            var sequence = reader.IsDBNull(3) ? 0 : reader.GetInt64(3);
            _shards[shard].Remember(id, new EntityTip(reader.GetInt64(1), reader.GetInt32(2), sequence, hash));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            _keys.Add(reader.GetInt64(0));
        }

        return true;
    }

    private static NpgsqlBatch LoadBatch(NpgsqlConnection connection, int[] shards, (int Shard, PersistenceId Id)[] entities, int blocks) =>
        new(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT shard_id, epoch, head, chain FROM shard WHERE shard_id = ANY($1)")
                {
                    Parameters = { new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer, Value = shards } },
                },
                new NpgsqlBatchCommand("""
                    SELECT u.n, e.id, e.shard_id, j.seq, j.hash
                    FROM unnest($1, $2) WITH ORDINALITY u(kind, name, n) JOIN entity e ON e.kind = u.kind AND e.name = u.name
                    LEFT JOIN LATERAL (SELECT seq, hash FROM journal WHERE entity = e.id ORDER BY seq DESC LIMIT 1) j ON true
                    """)
                {
                    Parameters =
                    {
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer, Value = Array.ConvertAll(entities, static e => e.Id.Kind) },
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = Array.ConvertAll(entities, static e => e.Id.Name) },
                    },
                },
                new NpgsqlBatchCommand("SELECT nextval('entity_key') FROM generate_series(1, $1)") { Parameters = { new() { Value = blocks } } },
            },
        };

    private static async Task<ShardGrant> ReadHeadAsync(NpgsqlConnection connection, int shardId, bool locks)
    {
        await using var command = new NpgsqlCommand(locks
            ? "SELECT epoch, head FROM shard WHERE shard_id = $1 FOR UPDATE"
            : "SELECT epoch, head FROM shard WHERE shard_id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = shardId });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new ShardGrant(shardId, reader.GetInt64(0), reader.GetInt64(1));
    }
}

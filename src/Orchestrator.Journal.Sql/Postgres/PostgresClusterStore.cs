using Npgsql;
using NpgsqlTypes;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>Leases and shard owners in the journal's database, judged by its clock.</summary>
/// <remarks>
/// Every statement that acts on a lease compares it with <c>clock_timestamp()</c> itself: a decision never rests on what was read
/// before. Every change of the right to write raises the shard's epoch in the same row the append compares.
/// </remarks>
public sealed class PostgresClusterStore : IClusterStore, IAsyncDisposable
{
    private const string EntitiesRole = "entities";

    private readonly NpgsqlDataSource _source;
    private readonly string _server;

    /// <summary>Uses the journal's database; its schema must be there (open the journal first).</summary>
    public PostgresClusterStore(PostgresJournalOptions options)
    {
        var settings = new PostgresSettings(options);
        _source = settings.ForMembership();
        _server = settings.Server;
    }

    /// <inheritdoc />
    public ValueTask<MemberRecord?> JoinAsync(NodeRecord node, LeaseTerms lease, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(lease);
        return RunAsync(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await LockNameAsync(connection, node.Name, cancellation);
            var holder = await FindHolderAsync(connection, node.Name, cancellation);
            if (holder is null)
            {
                await InsertAsync(connection, node, lease, cancellation);
            }

            await transaction.CommitAsync(cancellation);
            return holder;
        }, cancellation);
    }

    /// <inheritdoc />
    public ValueTask<bool> RenewAsync(Guid node, LeaseTerms lease, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return ChangeAsync("""
            UPDATE node SET lease_since = CASE WHEN lease_until < clock_timestamp() THEN clock_timestamp() ELSE lease_since END,
              lease_until = clock_timestamp() + $2 WHERE node_id = $1 AND state <> 3
            """, [Uuid(node), Interval(lease.Term)], cancellation);
    }

    /// <inheritdoc />
    public ValueTask<ClusterView> ReadAsync(CancellationToken cancellation) => RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand($"SELECT {MemberColumns} FROM node WHERE state <> 3 ORDER BY node_id"),
                new NpgsqlBatchCommand("SELECT clock_timestamp()"),
                new NpgsqlBatchCommand("SELECT shard_id, state, owner, epoch, handoff_to, released_at FROM shard ORDER BY shard_id"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var members = await ReadAllAsync(reader, ReadMember, cancellation);
        await reader.NextResultAsync(cancellation);
        var now = (await ReadAllAsync(reader, row => Time(row, 0), cancellation))[0];
        await reader.NextResultAsync(cancellation);
        var shards = await ReadAllAsync(reader, ReadShard, cancellation);
        return new ClusterView(now, [.. members.OrderBy(member => member.Node.Id)], shards);
    }, cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Guid>> DeclareDeadAsync(Guid witness, LeaseTerms lease, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return QueryAsync("""
            UPDATE node d SET state = 3 WHERE d.state <> 3 AND d.lease_until < clock_timestamp() - $3 AND EXISTS (
              SELECT 1 FROM node w WHERE w.node_id = $1 AND w.state = 1 AND w.lease_until > clock_timestamp()
                AND w.lease_since < clock_timestamp() - ($2 + $3))
            RETURNING d.node_id
            """, [Uuid(witness), Interval(lease.Term), Interval(lease.Grace)], row => row.GetGuid(0), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ShardGrant>> ClaimAsync(Guid node, IReadOnlyList<int> shards, CancellationToken cancellation) =>
        QueryAsync("""
            UPDATE shard s SET owner = $1, epoch = epoch + 1, state = 1, handoff_to = NULL, released_at = NULL
            WHERE s.shard_id = ANY($2) AND s.state <> 3
              AND CASE WHEN s.owner IS NULL
                THEN s.handoff_to IS NULL OR s.handoff_to = $1 OR s.released_at < clock_timestamp() - $3
                ELSE NOT EXISTS (SELECT 1 FROM node n WHERE n.node_id = s.owner AND n.state <> 3) END
              AND EXISTS (SELECT 1 FROM node n WHERE n.node_id = $1 AND n.state = 1 AND n.lease_until > clock_timestamp())
            RETURNING s.shard_id, s.epoch, s.head
            """, [Uuid(node), Shards(shards), Interval(LeaseTerms.Reservation)],
            row => new ShardGrant(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)), cancellation);

    /// <inheritdoc />
    public ValueTask<bool> BeginHandOffAsync(Guid node, int shardId, long epoch, Guid to, CancellationToken cancellation) =>
        ChangeAsync("UPDATE shard SET state = 2, handoff_to = $4 WHERE shard_id = $2 AND owner = $1 AND epoch = $3 AND state IN (1, 2)",
            [Uuid(node), Int(shardId), Long(epoch), Uuid(to)], cancellation);

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(Guid node, int shardId, long epoch, CancellationToken cancellation) =>
        ChangeAsync("""
            UPDATE shard SET owner = NULL, state = 0, epoch = epoch + 1, released_at = clock_timestamp()
            WHERE shard_id = $2 AND owner = $1 AND epoch = $3
            """, [Uuid(node), Int(shardId), Long(epoch)], cancellation);

    /// <inheritdoc />
    public async ValueTask LeaveAsync(Guid node, CancellationToken cancellation) => await ChangeAsync("""
        WITH gone AS (UPDATE node SET state = 3 WHERE node_id = $1)
        UPDATE shard SET owner = NULL, state = CASE state WHEN 3 THEN 3 ELSE 0 END, epoch = epoch + 1, handoff_to = NULL,
          released_at = clock_timestamp() WHERE owner = $1
        """, [Uuid(node)], cancellation);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private const string MemberColumns = "node_id, name, url, zone, roles, build, cert_sha256, lease_since, lease_until";

    // Two nodes of one name that start at the same moment: one of them finds the other's row.
    private static async Task LockNameAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('orchestrator node ' || $1, 0))", connection);
        command.Parameters.Add(Text(name));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<MemberRecord?> FindHolderAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"""
            WITH over AS (UPDATE node SET state = 3 WHERE name = $1 AND state <> 3 AND lease_until <= clock_timestamp() RETURNING node_id)
            SELECT {MemberColumns} FROM node WHERE name = $1 AND state <> 3 AND node_id NOT IN (SELECT node_id FROM over)
            """, connection);
        command.Parameters.Add(Text(name));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? ReadMember(reader) : null;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, NodeRecord node, LeaseTerms lease, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("""
            INSERT INTO node(node_id, name, url, zone, roles, build, cert_sha256, state, lease_since, lease_until)
            VALUES($1, $2, $3, $4, $5, $6, $7, 1, clock_timestamp(), clock_timestamp() + $8)
            """, connection);
        command.Parameters.AddRange(new[]
        {
            Uuid(node.Id), Text(node.Name), Text(node.Address.ToString()), Text(node.Zone),
            new NpgsqlParameter { Value = node.HostsEntities ? new[] { EntitiesRole } : [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            Text(node.Build), new NpgsqlParameter { Value = node.CertificateSha256.ToArray(), NpgsqlDbType = NpgsqlDbType.Bytea }, Interval(lease.Term),
        });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async ValueTask<bool> ChangeAsync(string sql, NpgsqlParameter[] parameters, CancellationToken cancellation) =>
        await RunAsync(async connection =>
        {
            await using var command = Command(connection, sql, parameters);
            return await command.ExecuteNonQueryAsync(cancellation) > 0;
        }, cancellation);

    private async ValueTask<IReadOnlyList<T>> QueryAsync<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellation) =>
        await RunAsync(async connection =>
        {
            await using var command = Command(connection, sql, parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await ReadAllAsync(reader, read, cancellation);
        }, cancellation);

    private async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            return await work(connection);
        }
        catch (Exception error) when (PostgresErrors.IsStoreError(error))
        {
            throw PostgresErrors.Map(error, _server, mayCommit: true);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
#pragma warning disable CA2100 // The texts are the constants above.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static MemberRecord ReadMember(NpgsqlDataReader row) => new(
        new NodeRecord(row.GetGuid(0), row.GetString(1), new Uri(row.GetString(2)), row.GetString(3),
            row.GetFieldValue<string[]>(4).Contains(EntitiesRole), row.GetString(5), row.GetFieldValue<byte[]>(6)),
        Time(row, 7), Time(row, 8));

    private static ShardRecord ReadShard(NpgsqlDataReader row) => new(
        row.GetInt32(0), (ShardState)row.GetInt16(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetInt64(3),
        row.IsDBNull(4) ? null : row.GetGuid(4), row.IsDBNull(5) ? null : Time(row, 5));

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(row.GetFieldValue<DateTime>(column), TimeSpan.Zero);

    private static NpgsqlParameter Uuid(Guid value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Int(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Long(long value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter Interval(TimeSpan value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Interval };

    private static NpgsqlParameter Shards(IReadOnlyList<int> shards) =>
        new() { Value = shards.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };
}

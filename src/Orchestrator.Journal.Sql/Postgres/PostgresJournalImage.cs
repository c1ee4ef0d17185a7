using System.Runtime.CompilerServices;
using Npgsql;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Schema;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>A PostgreSQL journal, or a restored copy of one, as it was at one moment; beside running nodes too.</summary>
/// <remarks>
/// One repeatable-read transaction that only reads; a standby will do. While it is open the server keeps every version of the rows
/// that change since, and the busy rows of the shards grow slow: verify a large journal on a standby or a copy.
/// </remarks>
public sealed class PostgresJournalImage : IJournalImage
{
    private const string RowColumns = PostgresQueries.EventColumns + ", j.shard_id, j.recorded_at, e.shard_id, j.link";
    private const string Mark = "read";
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _moment;

    private PostgresJournalImage(NpgsqlDataSource source, NpgsqlConnection connection, NpgsqlTransaction moment, string name, int shardCount)
    {
        _source = source;
        _connection = connection;
        _moment = moment;
        Name = name;
        ShardCount = shardCount;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public int ShardCount { get; }

    /// <summary>Opens the image.</summary>
    /// <param name="options">Where the database is; the user needs to read only.</param>
    /// <exception cref="JournalException">It cannot be reached or read, is not a journal, or of a newer schema.</exception>
    public static async Task<PostgresJournalImage> OpenAsync(PostgresJournalOptions options)
    {
        var settings = new PostgresSettings(options);
        var source = settings.ForImage();
        try
        {
            var connection = await source.OpenConnectionAsync();
            var moment = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
            await ExecuteAsync(connection, "SET TRANSACTION READ ONLY");
            var shards = await PostgresSchema.CheckReadableAsync(connection, settings.Server);
            await moment.SaveAsync(Mark);
            return new PostgresJournalImage(source, connection, moment, settings.Server, shards);
        }
        catch (Exception error)
        {
            await source.DisposeAsync();
            throw PostgresErrors.IsStoreError(error) ? PostgresErrors.MapConnect(error, settings.Server) : error;
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<StoredShard>> ReadShardsAsync(CancellationToken cancellation) => await GuardAsync(
        new PostgresQuery<StoredShard>("SELECT shard_id, epoch, head, chain FROM shard ORDER BY shard_id", static row =>
            new StoredShard(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2), PostgresQueries.Bytes(row, 3))), cancellation);

    /// <inheritdoc />
    public async ValueTask<long> CountEventsAsync(CancellationToken cancellation)
    {
        // The table itself is counted, not an index of it.
        const string WithoutIndexes = "SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off";
        await ExecuteAsync(_connection, WithoutIndexes);
        var count = await GuardAsync(new PostgresQuery<long>("SELECT count(*) FROM journal", static row => row.GetInt64(0)), cancellation);
        await _moment.RollbackAsync(Mark, cancellation);
        return count[0];
    }

    /// <inheritdoc />
    public IAsyncEnumerable<StoredRow> ReadShardAsync(int shardId, long fromPosition, CancellationToken cancellation) =>
        StreamAsync(new PostgresQuery<StoredRow>($"""
            SELECT {RowColumns} FROM journal j LEFT JOIN entity e ON e.id = j.entity
            WHERE j.shard_id = $1 AND j.position >= $2 ORDER BY j.position
            """, Row, shardId, fromPosition), cancellation);

    /// <inheritdoc />
    public IAsyncEnumerable<StoredRow> ReadEntityAsync(PersistenceId id, long fromSequence, CancellationToken cancellation) =>
        StreamAsync(new PostgresQuery<StoredRow>($"""
            SELECT {RowColumns} FROM entity e JOIN journal j ON j.entity = e.id
            WHERE e.kind = $1 AND e.name = $2 AND j.seq >= $3 ORDER BY j.seq
            """, Row, id.Kind, id.Name, fromSequence), cancellation);

    /// <inheritdoc />
    public IAsyncEnumerable<StoredSnapshot> ReadSnapshotsAsync(int shardId, CancellationToken cancellation) =>
        StreamAsync(new PostgresQuery<StoredSnapshot>("""
            SELECT e.kind, e.name, s.seq, s.event_hash, s.payload, s.payload_hash FROM entity e JOIN snapshot s ON s.entity = e.id
            WHERE e.shard_id = $1
            """, Snapshot, shardId), cancellation);

    /// <summary>Closes the image.</summary>
    public void Dispose()
    {
        _connection.Dispose();
        _source.Dispose();
    }

    // The server sends rows as they are read. Who stops early cancels the rest and goes back to the mark: the moment stays the same.
    private async IAsyncEnumerable<T> StreamAsync<T>(
        PostgresQuery<T> query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = query.Command(_connection);
        var reader = await GuardAsync(() => command.ExecuteReaderAsync(cancellation));
        var isComplete = false;
        try
        {
            while (await GuardAsync(() => reader.ReadAsync(cancellation)))
            {
                yield return query.Map(reader);
            }

            isComplete = true;
        }
        finally
        {
            await EndAsync(command, reader, isComplete);
        }
    }

    private async Task EndAsync(NpgsqlCommand command, NpgsqlDataReader reader, bool isComplete)
    {
        try
        {
            if (!isComplete)
            {
                command.Cancel();
            }

            await reader.DisposeAsync();
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            // As asked.
        }

        if (!isComplete && _connection.FullState == System.Data.ConnectionState.Open)
        {
            await _moment.RollbackAsync(Mark);
        }
    }

    private static StoredRow Row(NpgsqlDataReader row)
    {
        const int Own = 12; // The columns after those of the event.
        var position = row.GetInt64(Own - 1);
        return new StoredRow(position, row.GetInt32(Own), position, row.GetFieldValue<DateTimeOffset>(Own + 1),
            row.IsDBNull(Own + 2) ? null : row.GetInt32(Own + 2), TryEvent(row))
        {
            Link = row.GetInt64(Own + 3),
        };
    }

    // Values no writer stores are damage to report, not a reason to stop looking.
    private static JournalEvent? TryEvent(NpgsqlDataReader row)
    {
        try
        {
            return row.IsDBNull(0) ? null : PostgresQueries.Event(row);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static StoredSnapshot Snapshot(NpgsqlDataReader row) =>
        new(PostgresQueries.Id(row, 0), row.GetInt64(2), PostgresQueries.Bytes(row, 3),
            HashChain.HashPayload(PostgresQueries.Bytes(row, 4)).AsSpan().SequenceEqual(PostgresQueries.Bytes(row, 5)));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The texts are those above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private Task<List<T>> GuardAsync<T>(PostgresQuery<T> query, CancellationToken cancellation) =>
        GuardAsync(() => query.RunAsync(_connection, cancellation));

    private async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception error) when (PostgresErrors.IsStoreError(error))
        {
            throw PostgresErrors.Map(error, Name, mayCommit: false);
        }
    }
}

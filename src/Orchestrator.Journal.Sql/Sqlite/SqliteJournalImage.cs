using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Schema;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>A SQLite journal, or a copy of one, opened read-only at one moment; beside a running service too.</summary>
/// <remarks>
/// While an image of a running journal is open, its log cannot be cut and grows. A copy of a running journal's files must be
/// made by a snapshot of the file system that holds both the file and its <c>-wal</c>.
/// </remarks>
public sealed partial class SqliteJournalImage : IJournalImage
{
    private const string RowColumns = SqliteRows.EventColumns + ", j.id, j.shard_id, j.recorded_at, e.shard_id";
    private readonly SqliteSession _session;

    private SqliteJournalImage(SqliteSession session, (int Shards, bool HasEvidence) schema)
    {
        _session = session;
        (ShardCount, _hasEvidence) = schema;
    }

    /// <inheritdoc />
    public string Name => _session.Path;

    /// <inheritdoc />
    public int ShardCount { get; }

    /// <summary>Opens the image.</summary>
    /// <param name="path">The database file.</param>
    /// <exception cref="JournalException">It is not there, not readable, not a journal, or of a newer schema.</exception>
    public static SqliteJournalImage Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        try
        {
            return Open(path, immutable: false);
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.AccessDenied && IsWholeWithoutLog(path))
        {
            return Open(path, immutable: true); // A read-only medium: SQLite cannot make its side files there.
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<StoredShard>> ReadShardsAsync(CancellationToken cancellation) => ValueTask.FromResult(
        Guard<IReadOnlyList<StoredShard>>(() => SqliteSession.ReadAll(
            _session.Prepare("SELECT shard_id, epoch, head, chain FROM shard ORDER BY shard_id"),
            static row => new StoredShard((int)row.Int64(0), row.Int64(1), row.Int64(2), row.Blob(3)), cancellation)));

    /// <inheritdoc />
    public ValueTask<long> CountEventsAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(Guard(() => _session.Scalar("SELECT count(*) FROM journal NOT INDEXED")));

    /// <inheritdoc />
    public IAsyncEnumerable<StoredRow> ReadShardAsync(int shardId, long fromPosition, CancellationToken cancellation) =>
        Stream($"""
            SELECT {RowColumns} FROM journal j LEFT JOIN entity e ON e.id = j.entity
            WHERE j.shard_id = ?1 AND j.position >= ?2 ORDER BY j.position
            """, bound => bound.Set(1, shardId).Set(2, fromPosition), Row, cancellation);

    /// <inheritdoc />
    public IAsyncEnumerable<StoredRow> ReadEntityAsync(PersistenceId id, long fromSequence, CancellationToken cancellation) =>
        Stream($"""
            SELECT {RowColumns} FROM entity e JOIN journal j ON j.entity = e.id
            WHERE e.kind = ?1 AND e.name = ?2 AND j.seq >= ?3 ORDER BY j.seq
            """, bound => bound.Set(1, id.Kind).Set(2, id.Name).Set(3, fromSequence), Row, cancellation);

    /// <inheritdoc />
    public IAsyncEnumerable<StoredSnapshot> ReadSnapshotsAsync(int shardId, CancellationToken cancellation) =>
        Stream("""
            SELECT e.kind, e.name, s.seq, s.event_hash, s.payload, s.payload_hash FROM entity e JOIN snapshot s ON s.entity = e.id
            WHERE e.shard_id = ?1
            """, bound => bound.Set(1, shardId), Snapshot, cancellation);

    /// <summary>Closes the image.</summary>
    public void Dispose() => _session.Dispose();

    private static SqliteJournalImage Open(string path, bool immutable)
    {
        var session = SqliteSession.OpenReader(path, immutable);
        try
        {
            session.Execute("BEGIN"); // One moment for all that is read.
            return new SqliteJournalImage(session, SqliteSchema.CheckReadable(session));
        }
        catch (SqliteException error)
        {
            session.Dispose();
            throw SqliteErrors.Map(error, path, committing: false);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static bool IsWholeWithoutLog(string path) =>
        File.Exists(path) && new FileInfo(path + "-wal") is not { Exists: true, Length: > 0 };

    // Async for the sake of other databases; SQLite itself blocks.
    private async IAsyncEnumerable<T> Stream<T>(
        string sql, Action<Statement> bind, Func<Statement, T> map, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var statement = Guard(() => _session.Prepare(sql));
        bind(statement);
        try
        {
            while (Guard(statement.Step))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return Guard(() => map(statement));
            }
        }
        finally
        {
            statement.Reset();
        }

        await Task.CompletedTask;
    }

    private static StoredRow Row(Statement row)
    {
        const int Own = 12; // The columns after those of the event.
        return new StoredRow(row.Int64(Own), (int)row.Int64(Own + 1), row.Int64(11), TryTime(row, Own + 2),
            row.IsNull(Own + 3) ? null : (int)row.Int64(Own + 3), TryEvent(row));
    }

    // Values no writer stores are damage to report, not a reason to stop looking.
    private static JournalEvent? TryEvent(Statement row)
    {
        try
        {
            return row.IsNull(0) ? null : SqliteRows.Event(row);
        }
        catch (Exception error) when (error is OverflowException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static DateTimeOffset TryTime(Statement row, int column) =>
        row.Int64(column) is >= 0 and var ticks && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? SqliteRows.Time(row, column)
            : DateTimeOffset.MinValue;

    private static StoredSnapshot Snapshot(Statement row) =>
        new(SqliteRows.Id(row, 0), row.Int64(2), row.Blob(3),
            HashChain.HashPayload(row.Blob(4)).AsSpan().SequenceEqual(row.Blob(5)));

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Map(error, Name, committing: false);
        }
    }
}

using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Schema;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>A journal in one SQLite file, for one process.</summary>
/// <remarks>
/// What is acknowledged is flushed to the disk (write-ahead log, synchronous FULL). After a failed flush, or any other
/// failure of the disk, the journal stops: every later write and every <see cref="ReadShardHeadAsync"/> fails with
/// <see cref="JournalErrorCodes.Stopped"/> until it is opened anew, because what reached the disk cannot be known before.
/// Concurrent calls are safe; writes are served one after the other. An append may be cancelled while it waits, not once
/// it runs. Beyond the contract, an event is refused unless its sequence number and hash continue its entity's history.
/// </remarks>
public sealed class SqliteJournal : IJournal
{
    private readonly DirectoryLock _lock;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaderPool _readers;
    private readonly SqliteAppender _appender;
    private int _disposed;

    private SqliteJournal(DirectoryLock held, SqliteWriter writer, string path, int shardCount, TimeProvider clock)
    {
        _lock = held;
        _writer = writer;
        _readers = new SqliteReaderPool(path);
        _appender = new SqliteAppender(clock);
        Checkpoints = new SqliteCheckpoints(writer, _readers, clock);
        ShardCount = shardCount;
    }

    /// <inheritdoc />
    public int ShardCount { get; }

    /// <summary>The checkpoints, kept in the same file; usable as long as the journal is open.</summary>
    public ICheckpointStore Checkpoints { get; }

    /// <summary>Opens the journal, and creates it (its directory too) when it is not there.</summary>
    /// <param name="path">The database file; its directory is locked for this process with a file <c>journal.lock</c>.</param>
    /// <param name="shardCount">1 to <see cref="JournalLimits.MaxShardCount"/>; fixed when the journal is created.</param>
    /// <param name="clock">The store's own time, written beside each event.</param>
    /// <exception cref="JournalException">
    /// <see cref="JournalErrorCodes.InUse"/>, <see cref="JournalErrorCodes.ShardCountMismatch"/>,
    /// <see cref="JournalErrorCodes.SchemaTooNew"/>, <see cref="JournalErrorCodes.NotAJournal"/>,
    /// <see cref="JournalErrorCodes.Corrupt"/>, <see cref="JournalErrorCodes.AccessDenied"/> or <see cref="JournalErrorCodes.DiskFull"/>.
    /// </exception>
    public static async Task<SqliteJournal> OpenAsync(string path, int shardCount, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shardCount, JournalLimits.MaxShardCount);
        ArgumentNullException.ThrowIfNull(clock);
        path = Path.GetFullPath(path);
        var held = DirectoryLock.Take(Path.GetDirectoryName(path)!);
        try
        {
            RefuseLogWithoutDatabase(path);
            var writer = await SqliteWriter.StartAsync(path, session => SqliteSchema.Prepare(session, shardCount, clock));
            return new SqliteJournal(held, writer, path, shardCount, clock);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(shards);
        foreach (var shard in shards)
        {
            AppendCheck.CheckShard(shard, ShardCount);
        }

        return await _writer.EnqueueAsync(session => _appender.Acquire(session, shards), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        AppendCheck.Check(appends, ShardCount);
        return await _writer.EnqueueAsync(session => _appender.Append(session, appends), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation)
    {
        AppendCheck.CheckSnapshot(snapshot);
        await _writer.EnqueueAsync(session => _appender.SaveSnapshot(session, snapshot), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation)
    {
        AppendCheck.CheckId(id);
        AppendCheck.CheckLimit(limit);
        return _readers.ReadAsync(
            session => SqliteQueries.ReadEntity(session, id, fromSequence, limit, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation)
    {
        AppendCheck.CheckShard(shardId, ShardCount);
        AppendCheck.CheckLimit(limit);
        return _readers.ReadAsync(
            session => SqliteQueries.ReadShard(session, shardId, afterPosition, limit, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation) =>
        _readers.ReadAsync(session => SqliteQueries.ListEntities(session, kind, cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation)
    {
        AppendCheck.CheckId(id);
        return _readers.ReadAsync(session => SqliteQueries.LoadSnapshot(session, id, maxSequence, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(shards);
        AppendCheck.CheckLimit(limit);
        return _readers.ReadAsync(
            session => SqliteQueries.ReadReminders(session, shards, dueBefore, limit, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation)
    {
        MessageCheck.CheckQuery(query);
        return _readers.ReadAsync(session => SqliteMessages.Read(session, query, cancellation), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        await _writer.EnqueueAsync(session => _appender.RemoveOutbox(session, delivered), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation)
    {
        AppendCheck.CheckId(to);
        return _readers.ReadAsync(session => SqliteMessages.ReadInbox(session, to, cancellation), cancellation);
    }

    /// <inheritdoc />
    /// <exception cref="JournalException"><see cref="JournalErrorCodes.Stopped"/>: the head is not known until the journal is opened anew.</exception>
    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation)
    {
        AppendCheck.CheckShard(shardId, ShardCount);
        _writer.ThrowIfStopped();
        return _readers.ReadAsync(session => SqliteQueries.ReadHead(session, shardId), cancellation);
    }

    /// <summary>Finishes the writes that wait, closes the file and gives the directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _readers.DisposeAsync();
            await _writer.StopAsync();
            _lock.Dispose();
        }
    }

    // SQLite would make a new database and throw the log away, and with it the only copy of the newest events.
    private static void RefuseLogWithoutDatabase(string path)
    {
        var log = new FileInfo(path + "-wal");
        if (!File.Exists(path) && log.Exists && log.Length > 0)
        {
            throw new JournalException(JournalErrorCodes.Corrupt,
                $"The journal {path} is gone, but its log {log.FullName} is there. Put the database file back beside it, "
                + "or restore a backup of both; remove the log only to begin an empty journal.", false, false);
        }
    }
}

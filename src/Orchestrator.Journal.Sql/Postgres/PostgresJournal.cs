using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>A journal in a PostgreSQL database, for any number of nodes at once; each writes to the shards it owns.</summary>
/// <remarks>
/// What is acknowledged is on the server's disk, and on its synchronous replicas if it has any. One connection writes, one call
/// at a time; a lost one is replaced at the next call. An append may be cancelled while it waits, not once it runs. A call names
/// each shard once. Beyond the contract, an event is refused unless its sequence number and hash continue its entity's history.
/// </remarks>
public sealed class PostgresJournal : IJournal
{
    private readonly PostgresWriter _writer;
    private readonly PostgresReaders _readers;
    private readonly PostgresAppender _appender = new();
    private int _disposed;

    private PostgresJournal(PostgresWriter writer, PostgresReaders readers, int shardCount)
    {
        _writer = writer;
        _readers = readers;
        ShardCount = shardCount;
    }

    /// <inheritdoc />
    public int ShardCount { get; }

    /// <summary>Opens the journal, and makes its tables when the database is empty.</summary>
    /// <param name="options">Where the database is.</param>
    /// <param name="shardCount">1 to <see cref="JournalLimits.MaxShardCount"/>; fixed when the journal is created.</param>
    /// <param name="clock">Measures how long an answer takes; the time beside each event is the database's.</param>
    /// <exception cref="JournalException">
    /// <see cref="JournalErrorCodes.CannotConnect"/> (transient), <see cref="JournalErrorCodes.LoginRefused"/>,
    /// <see cref="JournalErrorCodes.DatabaseMissing"/>, <see cref="JournalErrorCodes.UnsuitableServer"/>,
    /// <see cref="JournalErrorCodes.NotAJournal"/>, <see cref="JournalErrorCodes.SchemaTooNew"/>,
    /// <see cref="JournalErrorCodes.ShardCountMismatch"/> or <see cref="JournalErrorCodes.AccessDenied"/>.
    /// </exception>
    public static async Task<PostgresJournal> OpenAsync(PostgresJournalOptions options, int shardCount, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shardCount, JournalLimits.MaxShardCount);
        ArgumentNullException.ThrowIfNull(clock);
        var settings = new PostgresSettings(options);
        var writer = await PostgresWriter.OpenAsync(settings, shardCount, clock);
        return new PostgresJournal(writer, new PostgresReaders(settings), shardCount);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(shards);
        foreach (var shard in shards)
        {
            AppendCheck.CheckShard(shard, ShardCount);
        }

        // Repeated after a lost answer it raises the epochs once more, which fences nobody but ourselves.
        var query = PostgresQueries.Acquire(shards);
        var grants = await _writer.UseAgainAsync(
            session => session.RunAsync(() => query.RunAsync(session.Connection, CancellationToken.None), mayCommit: true), cancellation);
        var byShard = grants.ToDictionary(static grant => grant.ShardId);
        return [.. shards.Select(shard => byShard[shard])];
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        AppendCheck.Check(appends, ShardCount);
        CheckShardsDiffer(appends);
        return await _writer.UseAsync(session => _appender.AppendAsync(session, appends), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation)
    {
        AppendCheck.CheckSnapshot(snapshot);
        var isStored = await _readers.UseAsync(
            connection => PostgresQueries.SaveSnapshotAsync(connection, snapshot, cancellation), mayCommit: true, cancellation);
        if (!isStored)
        {
            throw new JournalException(JournalErrorCodes.ForeignSnapshot,
                $"The snapshot of {snapshot.Id} at {snapshot.SequenceNr} does not match the event stored there. "
                + "It was not stored; recover the entity from its events.", isTransient: false, outcomeUnknown: false);
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation)
    {
        AppendCheck.CheckId(id);
        AppendCheck.CheckLimit(limit);
        return await _readers.ReadAsync(PostgresQueries.ReadEntity(id, fromSequence, limit), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation)
    {
        AppendCheck.CheckShard(shardId, ShardCount);
        AppendCheck.CheckLimit(limit);
        return await _readers.ReadAsync(PostgresQueries.ReadShard(shardId, afterPosition, limit), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation)
    {
        var ids = await _readers.ReadAsync(PostgresQueries.ListEntities(kind), cancellation);
        ids.Sort(PostgresQueries.ByKindAndName);
        return ids;
    }

    /// <inheritdoc />
    public async ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation)
    {
        AppendCheck.CheckId(id);
        var snapshots = await _readers.ReadAsync(PostgresQueries.LoadSnapshots(id, maxSequence), cancellation);
        return snapshots.Find(static snapshot => snapshot is not null);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(shards);
        AppendCheck.CheckLimit(limit);
        return await _readers.ReadAsync(PostgresQueries.ReadReminders(shards, dueBefore, limit), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation)
    {
        MessageCheck.CheckQuery(query);
        return await _readers.ReadAsync(PostgresMessages.Read(query), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        await _readers.UseAsync(
            connection => PostgresMessages.RemoveAsync(connection, delivered, cancellation), mayCommit: true, cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation)
    {
        AppendCheck.CheckId(to);
        return await _readers.ReadAsync(PostgresMessages.ReadInbox(to), cancellation);
    }

    /// <inheritdoc />
    /// <remarks>
    /// Asked on the writing connection, so that it is the same server. After an append of unknown outcome it waits until that
    /// append has ended, and until the synchronous replicas have what it committed.
    /// </remarks>
    public async ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation)
    {
        AppendCheck.CheckShard(shardId, ShardCount);
        return await _writer.UseAgainAsync(session => _appender.ReadHeadAsync(session, shardId), cancellation);
    }

    /// <summary>Finishes the write that runs, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _readers.DisposeAsync();
            await _writer.DisposeAsync();
        }
    }

    private static void CheckShardsDiffer(IReadOnlyList<ShardAppend> appends)
    {
        if (appends.DistinctBy(static append => append.ShardId).Count() != appends.Count)
        {
            throw new ArgumentException("A call names a shard twice; put its events into one append.", nameof(appends));
        }
    }
}

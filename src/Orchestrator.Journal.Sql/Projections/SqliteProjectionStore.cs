using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>Read models in one SQLite file, for one process.</summary>
/// <remarks>
/// A file of its own beside the journal's: the journal allows exactly one writing connection, whose commits are flushed one by one;
/// read models may lose their newest commits, and must neither wait for those flushes nor hold them up. Offsets and rows are
/// in one transaction of this file, which is all that exactly-once needs. It is opened by the process that holds the journal.
/// </remarks>
public sealed class SqliteProjectionStore : IProjectionStore
{
    private readonly SqliteWriter _writer;
    private readonly SqliteReaderPool _readers;
    private int _disposed;

    private SqliteProjectionStore(SqliteWriter writer, string path) => (_writer, _readers) = (writer, new SqliteReaderPool(path));

    /// <summary>Opens the file, and creates it when it is not there.</summary>
    /// <exception cref="JournalException">
    /// <see cref="JournalErrorCodes.NotAReadModel"/>, <see cref="JournalErrorCodes.Corrupt"/>, <see cref="JournalErrorCodes.AccessDenied"/>
    /// or <see cref="JournalErrorCodes.DiskFull"/>. The file may be deleted: it is built again from the journal.
    /// </exception>
    public static async Task<SqliteProjectionStore> OpenAsync(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new SqliteProjectionStore(await SqliteWriter.StartAsync(path, SqliteProjectionSchema.Prepare), path);
        }
        catch (JournalException error) when (error.Code == JournalErrorCodes.Corrupt)
        {
            throw new JournalException(error.Code,
                $"The read models in {path} are damaged. Delete the file, and they are built again from the journal.", false, false, error);
        }
    }

    /// <inheritdoc />
    public async ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation)
    {
        ProjectionRules.Check(id);
        return await _writer.EnqueueAsync(session => SqliteProjectionWrites.Register(session, id), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation) =>
        _readers.ReadAsync(session => SqliteProjectionQueries.Offsets(session, SqliteProjectionQueries.KeyOf(session, id), cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation) =>
        InActiveAsync(name, (session, key) => SqliteProjectionQueries.Offsets(session, key, cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(
        ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _readers.ReadAsync(session => SqliteProjectionQueries.Find(session, id, keys), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        ProjectionRules.Check(id, commits);
        return await _writer.EnqueueAsync(session => SqliteProjectionWrites.Commit(session, id, commits), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation) =>
        await _writer.EnqueueAsync(session => SqliteProjectionWrites.Reset(session, id, shardId), cancellation);

    /// <inheritdoc />
    public async ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation) =>
        await _writer.EnqueueAsync(session => SqliteProjectionWrites.Activate(session, id), cancellation);

    /// <inheritdoc />
    public ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation) =>
        InActiveAsync(name, (session, projection) => SqliteProjectionQueries.Find(session, projection, key), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return InActiveAsync<IReadOnlyList<ProjectionRow>>(
            name, (session, projection) => SqliteProjectionQueries.Read(session, projection, query, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation) =>
        InActiveAsync<IReadOnlyList<ProjectionDeadLetter>>(
            name, (session, projection) => SqliteProjectionQueries.DeadLetters(session, projection, cancellation), cancellation);

    /// <summary>Finishes the writes that wait and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _readers.DisposeAsync();
            await _writer.StopAsync();
        }
    }

    /// <summary>One transaction: a swap of versions between finding the active one and reading it must not show an empty model.</summary>
    private ValueTask<T> InActiveAsync<T>(string name, Func<SqliteSession, long, T> read, CancellationToken cancellation) =>
        _readers.ReadAsync(session =>
        {
            session.Prepare("BEGIN").Run();
            try
            {
                return read(session, SqliteProjectionQueries.ActiveKeyOf(session, name));
            }
            finally
            {
                session.Prepare("ROLLBACK").Run();
            }
        }, cancellation);
}

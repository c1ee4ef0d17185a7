using Npgsql;
using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Postgres;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>Read models in a PostgreSQL database, for any number of nodes at once; each brings on the shards it serves.</summary>
/// <remarks>
/// Rows, dead letters and offsets of a commit are one transaction; the offset's row is what two nodes that both think they serve a
/// shard meet at. A version is locked for share while it is written, so that it cannot be dropped in between.
/// </remarks>
public sealed class PostgresProjectionStore : IProjectionStore
{
    private readonly PostgresReaders _connections;

    private PostgresProjectionStore(PostgresReaders connections) => _connections = connections;

    /// <summary>Opens the store, and makes its tables when they are not there.</summary>
    /// <param name="options">The database; best the journal's own.</param>
    /// <exception cref="Actors.Persistence.JournalException">The database cannot be reached, or refuses.</exception>
    public static async Task<PostgresProjectionStore> OpenAsync(PostgresJournalOptions options)
    {
        var connections = new PostgresReaders(new PostgresSettings(options));
        try
        {
            await connections.UseAsync(async connection =>
            {
                await PostgresProjectionSchema.PrepareAsync(connection);
                return true;
            }, mayCommit: false, CancellationToken.None); // Made twice it is made once.
            return new PostgresProjectionStore(connections);
        }
        catch
        {
            await connections.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation)
    {
        ProjectionRules.Check(id);
        return InTransactionAsync(connection => PostgresProjectionWrites.RegisterAsync(connection, id), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation) =>
        UseAsync(connection => PostgresProjectionQueries.OffsetsAsync(connection, id.Name, id.Version, cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation) =>
        UseAsync(connection => PostgresProjectionQueries.OffsetsAsync(connection, name, null, cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(
        ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return UseAsync(connection => PostgresProjectionQueries.FindAsync(connection, id, keys, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        ProjectionRules.Check(id, commits);
        return InTransactionAsync(connection => PostgresProjectionWrites.CommitAsync(connection, id, commits), cancellation);
    }

    /// <inheritdoc />
    public async ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation) =>
        await InTransactionAsync(connection => PostgresProjectionWrites.ResetAsync(connection, id, shardId), cancellation);

    /// <inheritdoc />
    public ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation) =>
        InTransactionAsync(connection => PostgresProjectionWrites.ActivateAsync(connection, id), cancellation);

    /// <inheritdoc />
    public ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation) =>
        UseAsync(connection => PostgresProjectionQueries.FindAsync(connection, name, key, cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return UseAsync(connection => PostgresProjectionQueries.ReadAsync(connection, name, query, cancellation), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation) =>
        UseAsync(connection => PostgresProjectionQueries.DeadLettersAsync(connection, name, cancellation), cancellation);

    /// <summary>Closes the connections.</summary>
    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    private ValueTask<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellation) =>
        _connections.UseAsync(read, mayCommit: false, cancellation);

    // Repeated after a lost answer, a commit finds the offset moved and answers so: the runner then looks again.
    private ValueTask<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> write, CancellationToken cancellation) =>
        _connections.UseAsync(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            var result = await write(connection);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }, mayCommit: true, cancellation);
}

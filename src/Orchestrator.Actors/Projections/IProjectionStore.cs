namespace Orchestrator.Actors.Projections;

/// <summary>Keeps read models: rows, how far each shard is in them, and what could not be handled.</summary>
/// <remarks>
/// Everything here can be built again from the journal, so a store may lose its newest commits in a power cut, but only whole
/// ones. Calls may run beside each other. Failures are <see cref="Persistence.JournalException"/>s. An implementation passes the
/// projection store contract suite.
/// </remarks>
public interface IProjectionStore : IAsyncDisposable
{
    /// <summary>Makes a version known. The first version of a name is active at once; a newer one is built beside the active one.</summary>
    ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation);

    /// <summary>How far each shard is; shards that have not begun are left out.</summary>
    ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation);

    /// <summary>How far each shard is in the version that readers see; empty when there is none.</summary>
    ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation);

    /// <summary>The rows with these keys in this version, active or not; those that are not there are left out.</summary>
    ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation);

    /// <summary>Commits rows, dead letters and offsets of one or more shards, each shard whole or not at all, in one transaction.</summary>
    /// <returns>Per element, in order: false when the shard's offset is not the expected one any more, or the version is gone.</returns>
    ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation);

    /// <summary>Removes a shard's rows, dead letters and offset from this version: it is built from the start.</summary>
    ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation);

    /// <summary>Lets readers see this version, and drops all others of the name, unless a shard is behind the active version.</summary>
    /// <returns>Whether this version is the active one now.</returns>
    ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation);

    /// <summary>One row of the active version, or null.</summary>
    ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation);

    /// <summary>Rows of the active version in the order of their keys (ordinal).</summary>
    ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation);

    /// <summary>The dead letters of the active version, by shard and position.</summary>
    ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation);
}

/// <summary>What a version of a projection is to its readers.</summary>
public enum ProjectionStanding
{
    /// <summary>They see it.</summary>
    Active = 1,

    /// <summary>It is being built; they see an older version.</summary>
    Building = 2,

    /// <summary>They see a newer version; this one is gone and is not built.</summary>
    Superseded = 3,
}

/// <summary>How far a shard is in a read model.</summary>
/// <param name="Position">The last event in it; 0 before the first.</param>
/// <param name="Hash">The chain hash of that event: another journal is told from the one the rows were made of. Empty before the first.</param>
public sealed record ProjectionOffset(long Position, byte[] Hash)
{
    /// <summary>Before the first event.</summary>
    public static ProjectionOffset Start { get; } = new(0, []);
}

/// <summary>What a projection has made of the next events of a shard.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="ExpectedPosition">Where the shard was; the commit is a compare-and-swap on it.</param>
/// <param name="Offset">Where it is afterwards.</param>
/// <param name="Changes">The changes, applied in order.</param>
/// <param name="DeadLetters">The events among them that could not be handled.</param>
public sealed record ShardCommit(
    int ShardId, long ExpectedPosition, ProjectionOffset Offset, IReadOnlyList<RowChange> Changes, IReadOnlyList<ProjectionDeadLetter> DeadLetters);

/// <summary>An event that a projection could not handle and has passed.</summary>
/// <param name="ShardId">The event's shard.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">What went wrong at last.</param>
/// <param name="At">When it was given up, UTC.</param>
public sealed record ProjectionDeadLetter(int ShardId, long Position, int Attempts, string Error, DateTimeOffset At);

/// <summary>A row of a read model.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its content, in the projection's own form.</param>
public sealed record ProjectionRow(string Key, byte[] Value);

/// <summary>Which rows, in which order.</summary>
/// <param name="Prefix">How their keys begin; empty for all.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="After">Only keys behind this one in the order asked for: the last key of the page before. Null begins at the start.</param>
/// <param name="Descending">From the last key to the first.</param>
public sealed record RowQuery(string Prefix, int Limit, string? After = null, bool Descending = false);

using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors.Tests.Projections;

/// <summary>A store that fails when told to, before or after it has stored.</summary>
internal sealed class TroubledStore(IProjectionStore inner) : IProjectionStore
{
    private static readonly JournalException Down = new("ORC4010", "down", isTransient: true, outcomeUnknown: true);

    public bool IsDown { get; set; }

    /// <summary>The next commits are stored and their answers lost.</summary>
    public int LostAnswers { get; set; }

    public int Commits { get; private set; }

    public int RowReads { get; private set; }

    public ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation) => Up(inner).RegisterAsync(id, cancellation);

    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation) =>
        Up(inner).ReadOffsetsAsync(id, cancellation);

    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation) =>
        Up(inner).ReadActiveOffsetsAsync(name, cancellation);

    public ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        RowReads += keys.Count;
        return Up(inner).FindAsync(id, keys, cancellation);
    }

    public async ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        var result = await Up(inner).CommitAsync(id, commits, cancellation);
        Commits++;
        return LostAnswers-- > 0 ? throw Down : result;
    }

    public ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation) => Up(inner).ResetAsync(id, shardId, cancellation);

    public ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation) => Up(inner).ActivateAsync(id, cancellation);

    public ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation) => Up(inner).FindAsync(name, key, cancellation);

    public ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation) =>
        Up(inner).ReadAsync(name, query, cancellation);

    public ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation) =>
        Up(inner).ReadDeadLettersAsync(name, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IProjectionStore Up(IProjectionStore store) => IsDown ? throw Down : store;
}

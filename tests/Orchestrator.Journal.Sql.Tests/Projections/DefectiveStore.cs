using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <summary>What may be wrong with a projection store.</summary>
public enum StoreDefect
{
    None,
    IgnoresTheOffset,
    ForgetsTheOffset,
    RefusesTheWholeCall,
    ReversesChanges,
    ShowsEachRowByItself,
    LosesDeadLetters,
    ActivatesAlways,
    ShowsTheNewestVersion,
    ForgetsTheShardOfARow,
    ResetsNothing,
    IgnoresTheOrder,
}

/// <summary>The store in memory with one defect.</summary>
public sealed class DefectiveStore(StoreDefect defect) : IProjectionStore
{
    private readonly MemoryProjectionStore _inner = new();
    private readonly Dictionary<ProjectionId, long> _moved = [];
    private ProjectionId _newest;
    private volatile TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation)
    {
        if (id.Version > _newest.Version) _newest = id;
        return _inner.RegisterAsync(id, cancellation);
    }

    public async ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation) =>
        Seen(await _inner.ReadOffsetsAsync(id, cancellation));

    public async ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation) =>
        Seen(await _inner.ReadActiveOffsetsAsync(name, cancellation));

    public ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        _inner.FindAsync(id, keys, cancellation);

    public async ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        ProjectionRules.Check(id, commits);
        var sent = new List<ShardCommit>();
        foreach (var commit in commits) sent.Add(await BrokenAsync(id, commit));
        if (defect == StoreDefect.RefusesTheWholeCall)
        {
            var offsets = await _inner.ReadOffsetsAsync(id, cancellation);
            if (commits.Any(commit => (offsets.GetValueOrDefault(commit.ShardId)?.Position ?? 0) != commit.ExpectedPosition)) return [.. commits.Select(_ => false)];
        }

        if (defect == StoreDefect.ShowsEachRowByItself) return await CommitRowByRowAsync(id, commits, cancellation);
        return await _inner.CommitAsync(id, sent, cancellation);
    }

    public ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation) =>
        defect == StoreDefect.ResetsNothing ? default : _inner.ResetAsync(id, shardId, cancellation);

    public async ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation)
    {
        var isActive = await _inner.ActivateAsync(id, cancellation);
        return isActive || (defect == StoreDefect.ActivatesAlways && id == _newest);
    }

    public async ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation) =>
        defect == StoreDefect.ShowsTheNewestVersion && _newest.Name == name
            ? (await _inner.FindAsync(_newest, [key], cancellation)).GetValueOrDefault(key)
            : await _inner.FindAsync(name, key, cancellation);

    public async ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation)
    {
        var rows = await _inner.ReadAsync(name, defect == StoreDefect.IgnoresTheOrder ? query with { Descending = false } : query, cancellation);
        _read.TrySetResult();
        return rows;
    }

    public ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation) =>
        _inner.ReadDeadLettersAsync(name, cancellation);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private IReadOnlyDictionary<int, ProjectionOffset> Seen(IReadOnlyDictionary<int, ProjectionOffset> offsets) =>
        defect == StoreDefect.ForgetsTheOffset ? offsets.ToDictionary(entry => entry.Key, _ => ProjectionOffset.Start) : offsets;

    private async Task<ShardCommit> BrokenAsync(ProjectionId id, ShardCommit commit)
    {
        var now = (await _inner.ReadOffsetsAsync(id, default)).GetValueOrDefault(commit.ShardId)?.Position ?? 0;
        return defect switch
        {
            StoreDefect.IgnoresTheOffset => commit with { ExpectedPosition = now, Offset = commit.Offset with { Position = Math.Max(now + 1, commit.Offset.Position) } },
            StoreDefect.ReversesChanges => commit with { Changes = [.. commit.Changes.Reverse()] },
            StoreDefect.LosesDeadLetters => commit with { DeadLetters = [] },
            // As if no shard were noted beside the rows: those of others are taken over.
            StoreDefect.ForgetsTheShardOfARow => commit with { Changes = [.. commit.Changes.Where(change => change.Kind == RowChangeKind.Upsert && !change.Key.Contains('/', StringComparison.Ordinal))] },
            _ => commit,
        };
    }

    private async Task<IReadOnlyList<bool>> CommitRowByRowAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        var results = new List<bool>();
        foreach (var commit in commits)
        {
            // Positions are spread so that each row is a commit of its own.
            var (position, all) = (_moved.GetValueOrDefault(id), true);
            foreach (var change in commit.Changes)
            {
                all &= (await _inner.CommitAsync(id, [commit with { ExpectedPosition = position, Offset = new(position + 1, []), Changes = [change] }], cancellation))[0];
                position++;
                await UntilReadAsync();
            }

            _moved[id] = position;
            results.Add(all);
        }

        return results;
    }

    /// <summary>Lets a reader, if there is one, look at what is half stored.</summary>
    private async Task UntilReadAsync()
    {
        _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _read.Task.WaitAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            // Nobody reads.
        }
    }
}

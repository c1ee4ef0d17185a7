namespace Orchestrator.Actors.Projections;

/// <summary>Read models in memory: built from the whole journal at every start. For small nodes, and for tests.</summary>
public sealed class MemoryProjectionStore : IProjectionStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ProjectionId, Version> _versions = [];
    private readonly Dictionary<string, ProjectionId> _active = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public ValueTask<ProjectionStanding> RegisterAsync(ProjectionId id, CancellationToken cancellation)
    {
        ProjectionRules.Check(id);
        return Run(() =>
        {
            if (_active.GetValueOrDefault(id.Name).Version > id.Version)
                return ProjectionStanding.Superseded;

            _versions.TryAdd(id, new Version());
            _active.TryAdd(id.Name, id);
            return _active[id.Name] == id ? ProjectionStanding.Active : ProjectionStanding.Building;
        }, cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadOffsetsAsync(ProjectionId id, CancellationToken cancellation) =>
        Run<IReadOnlyDictionary<int, ProjectionOffset>>(() => OffsetsOf(Find(id)), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<int, ProjectionOffset>> ReadActiveOffsetsAsync(string name, CancellationToken cancellation) =>
        Run<IReadOnlyDictionary<int, ProjectionOffset>>(() => OffsetsOf(ActiveOf(name)), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<string, byte[]>> FindAsync(
        ProjectionId id, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Run(() =>
        {
            var rows = Find(id)?.Rows;
            IReadOnlyDictionary<string, byte[]> found = keys.Distinct(StringComparer.Ordinal).Where(key => rows?.ContainsKey(key) == true)
                .ToDictionary(key => key, key => rows![key].Value, StringComparer.Ordinal);
            return found;
        }, cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<bool>> CommitAsync(ProjectionId id, IReadOnlyList<ShardCommit> commits, CancellationToken cancellation)
    {
        ProjectionRules.Check(id, commits);
        return Run<IReadOnlyList<bool>>(() =>
        {
            var version = Find(id);
            var isCurrent = commits.Select(commit => version is not null && version.PositionOf(commit.ShardId) == commit.ExpectedPosition).ToList();
            var accepted = commits.Where((_, i) => isCurrent[i]).ToList();
            foreach (var commit in accepted)
                version!.Check(id, commit);

            foreach (var commit in accepted)
                version!.Apply(commit);

            return isCurrent;
        }, cancellation);
    }

    /// <inheritdoc />
    public async ValueTask ResetAsync(ProjectionId id, int shardId, CancellationToken cancellation) => await Run(() =>
    {
        Find(id)?.Reset(shardId);
        return true;
    }, cancellation);

    /// <inheritdoc />
    public ValueTask<bool> ActivateAsync(ProjectionId id, CancellationToken cancellation) => Run(() =>
    {
        if (Find(id) is not { } version || ActiveOf(id.Name) is not { } active)
            return false;

        if (active.Offsets.Any(offset => version.PositionOf(offset.Key) < offset.Value.Position))
            return false;

        _active[id.Name] = id;
        foreach (var other in _versions.Keys.Where(other => other.Name == id.Name && other != id).ToList())
            _versions.Remove(other);

        return true;
    }, cancellation);

    /// <inheritdoc />
    public ValueTask<byte[]?> FindAsync(string name, string key, CancellationToken cancellation) =>
        Run(() => ActiveOf(name)?.Rows.GetValueOrDefault(key).Value, cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionRow>> ReadAsync(string name, RowQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return Run<IReadOnlyList<ProjectionRow>>(() => ActiveOf(name) is { } version ? version.Read(query) : [], cancellation);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ProjectionDeadLetter>> ReadDeadLettersAsync(string name, CancellationToken cancellation) =>
        Run<IReadOnlyList<ProjectionDeadLetter>>(() => [.. (ActiveOf(name)?.DeadLetters ?? [])
            .OrderBy(letter => letter.ShardId).ThenBy(letter => letter.Position)], cancellation);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => default;

    private static Dictionary<int, ProjectionOffset> OffsetsOf(Version? version) =>
        version is null ? [] : new Dictionary<int, ProjectionOffset>(version.Offsets);

    private ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
            return ValueTask.FromResult(work());
    }

    private Version? Find(ProjectionId id) => _versions.GetValueOrDefault(id);

    private Version? ActiveOf(string name) => _active.TryGetValue(name, out var id) ? Find(id) : null;

    private sealed class Version
    {
        private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);

        public Dictionary<string, (int ShardId, byte[] Value)> Rows { get; } = new(StringComparer.Ordinal);

        public Dictionary<int, ProjectionOffset> Offsets { get; } = [];

        public List<ProjectionDeadLetter> DeadLetters { get; } = [];

        public long PositionOf(int shardId) => Offsets.GetValueOrDefault(shardId)?.Position ?? 0;

        public void Check(ProjectionId id, ShardCommit commit)
        {
            foreach (var change in commit.Changes)
            {
                if (KeysOf(change).Any(key => Rows[key].ShardId != commit.ShardId))
                    throw ProjectionRules.RowOfAnotherShard(id, change.Key, commit.ShardId);
            }
        }

        public void Apply(ShardCommit commit)
        {
            foreach (var change in commit.Changes)
            {
                if (change.Kind == RowChangeKind.Upsert)
                {
                    Rows[change.Key] = (commit.ShardId, change.Value);
                    _keys.Add(change.Key);
                    continue;
                }

                foreach (var key in KeysOf(change))
                    Remove(key);
            }

            Offsets[commit.ShardId] = commit.Offset;
            DeadLetters.AddRange(commit.DeadLetters);
        }

        public void Reset(int shardId)
        {
            foreach (var key in Rows.Where(row => row.Value.ShardId == shardId).Select(row => row.Key).ToList())
                Remove(key);

            Offsets.Remove(shardId);
            DeadLetters.RemoveAll(letter => letter.ShardId == shardId);
        }

        public List<ProjectionRow> Read(RowQuery query)
        {
            var keys = query.Prefix.Length == 0 ? _keys : Below(query.Prefix);
            var ordered = query.Descending ? keys.Reverse() : keys;
            return [.. ordered.Where(key => query.After is null || Math.Sign(string.CompareOrdinal(key, query.After)) == (query.Descending ? -1 : 1))
                .Take(query.Limit).Select(key => new ProjectionRow(key, Rows[key].Value))];
        }

        private List<string> KeysOf(RowChange change) => change.Kind == RowChangeKind.DeletePrefix
            ? [.. Below(change.Key)]
            : Rows.ContainsKey(change.Key) ? [change.Key] : [];

        private SortedSet<string> Below(string prefix) => _keys.GetViewBetween(prefix, prefix + ProjectionRules.BehindAll);

        private void Remove(string key)
        {
            Rows.Remove(key);
            _keys.Remove(key);
        }
    }
}

namespace Orchestrator.Actors.Projections;

/// <summary>The projections of a node: each is kept up to date for the shards the node serves.</summary>
/// <remarks>Made by <see cref="ActorSystem.AddProjections"/>; starts and stops with the system.</remarks>
public sealed class ProjectionRunner
{
    private static readonly TimeSpan RemotePoll = TimeSpan.FromMilliseconds(50);

    private readonly ActorSystem _system;
    private readonly IProjectionStore _store;
    private readonly List<ProjectionLoop> _loops;
    private readonly ProjectionWaiters _waiters;
    private readonly LiveFeed _feed;

    internal ProjectionRunner(ActorSystem system, IProjectionStore store, IReadOnlyList<Projection> projections, ProjectionOptions options)
    {
        _system = system;
        _store = store;
        _waiters = new ProjectionWaiters(system.Time);
        _feed = new LiveFeed(system.Time, options.FeedInterval, options.FeedCapacity);
        _loops = [.. projections.Select(projection => new ProjectionLoop(system, store, options, this, projection))];
    }

    /// <summary>Tells what changes in the rows that readers see.</summary>
    public ILiveFeed Feed => _feed;

    /// <summary>Waits until readers of a projection see every event of a shard that is durable now.</summary>
    /// <remarks>Called behind the answer to a command, it lets the caller read what the command led to.</remarks>
    /// <param name="name">The projection.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="patience">How long to wait at most.</param>
    /// <returns>False when it did not come about in time.</returns>
    public Task<bool> WaitUntilCurrentAsync(string name, int shardId, TimeSpan patience)
    {
        if (!_system.Serves(shardId) || !_loops.Exists(loop => loop.Id.Name == name && loop.MayBeActive))
            return WaitForOthersAsync(name, shardId, patience);

        return _waiters.WaitAsync(name, shardId, _system.HeadOf(shardId), patience);
    }

    internal void Start()
    {
        foreach (var loop in _loops)
            loop.Start();
    }

    internal async Task StopAsync()
    {
        foreach (var loop in _loops)
            await loop.StopAsync();

        _waiters.Stop();
        _feed.Stop();
    }

    internal void Trigger()
    {
        foreach (var loop in _loops)
            loop.Trigger();
    }

    internal void Stored(string name, ShardCommit commit)
    {
        _feed.Publish(name, commit.Changes);
        Reached(name, commit.ShardId, commit.Offset.Position);
    }

    internal void Reached(string name, int shardId, long position) => _waiters.Reached(name, shardId, position);

    /// <summary>Another node writes the shard, or keeps its rows: the two stores tell how far they are.</summary>
    private async Task<bool> WaitForOthersAsync(string name, int shardId, TimeSpan patience)
    {
        var began = _system.Time.GetTimestamp();
        var head = (await _system.Journal.ReadShardHeadAsync(shardId, CancellationToken.None)).Head;
        while (true)
        {
            var offsets = await _store.ReadActiveOffsetsAsync(name, CancellationToken.None);
            if (head <= (offsets.GetValueOrDefault(shardId)?.Position ?? 0))
                return true;

            if (_system.Time.GetElapsedTime(began) >= patience)
                return false;

            await Task.Delay(RemotePoll, _system.Time);
        }
    }
}

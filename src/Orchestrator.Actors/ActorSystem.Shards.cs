using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors;

/// <content>Shards that come and go while the system runs.</content>
public sealed partial class ActorSystem
{
    /// <summary>The shards whose entities take messages on this node.</summary>
    public IReadOnlyList<int> ServedShards => _writer is null ? [] : Shards.Serving;

    /// <summary>The shards this node may still write, served or on their way to another node.</summary>
    public IReadOnlyList<int> OwnedShards => Shards.Owned;

    internal ShardTable Shards => _shards ?? CreateShards();

    /// <summary>Starts without taking any shard; <see cref="AddShards"/> brings them.</summary>
    public void StartEmpty()
    {
        if (_writer is not null)
            throw new InvalidOperationException("The actor system has been started already.");

        _writer = new JournalWriter(this, Journal, _options.Writer, Shards, JournalHealth);
        _writer.Start();
        ReminderService.Start();
        StartProjections();
        OutboxService.Start();
    }

    /// <summary>Serves shards granted to this node; an earlier grant of the same shard ends.</summary>
    /// <param name="grants">As the store gave them, each with an epoch higher than any before.</param>
    public void AddShards(IReadOnlyList<ShardGrant> grants)
    {
        ArgumentNullException.ThrowIfNull(grants);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            foreach (var grant in grants)
            {
                if (Shards.Find(grant.ShardId) is { } known && known.Epoch >= grant.Epoch)
                    throw new ArgumentException($"Shard {grant.ShardId} is held under epoch {known.Epoch}; {grant.Epoch} is not newer.", nameof(grants));

                Shards.Set(grant);
            }
        }

        ReminderService.Reload();
        TriggerProjections();
        OutboxService.Load([.. grants.Select(grant => grant.ShardId)]);
    }

    /// <summary>Lets a shard's entities end their turns and stop; what still waits for them goes to the router, or is refused.</summary>
    /// <param name="shardId">A shard served here.</param>
    /// <param name="hardStop">After this long the right to write ends, whatever still runs: it is fenced, not waited for.</param>
    /// <returns>Whether all entities had ended in time. Either way this node no longer writes to the shard.</returns>
    public async Task<bool> DrainShardAsync(int shardId, TimeSpan hardStop)
    {
        if (Shards.Find(shardId) is not { } cursor)
            return true;

        cursor.IsDraining = true;
        Emit(new KernelEvent.ShardDraining(shardId));
        ReminderService.Forget(id => IsIn(id, shardId));
        OutboxService.Forget(shardId, id => IsIn(id, shardId));
        var stopping = Regions().SelectMany(region => region.StopShard(shardId)).ToList();
        var ended = await EndWithinAsync(stopping, hardStop);
        cursor.LostCode ??= ActorErrorCodes.ShardReleased;
        return ended;
    }

    /// <summary>Ends the right to write to a shard at once, as when the lease of the node has run out.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="code">Why, one of <see cref="ActorErrorCodes"/>.</param>
    public void LoseShard(int shardId, string code)
    {
        if (Shards.Find(shardId) is not { LostCode: null } cursor)
            return;

        cursor.LostCode = code;
        OnShardLost(shardId, code);
    }

    /// <summary>Takes no more messages and firings until <see cref="Resume"/>; turns under way go on, and what waits for the journal waits.</summary>
    public void Suspend() => Shards.IsSuspended = true;

    /// <summary>Serves the shards again.</summary>
    public void Resume()
    {
        Shards.IsSuspended = false;
        ReminderService.Reload();
        OutboxService.Trigger();
    }

    /// <summary>Hands a message of another node to its entity here.</summary>
    /// <returns>
    /// <see cref="TellOutcome.Unavailable"/> also when the shard is not served here or the kind is unknown: it is never sent on.
    /// </returns>
    public TellOutcome Deliver(RoutedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return RegionOf(message.Kind)?.DeliverRouted(message) ?? TellOutcome.Unavailable;
    }

    /// <summary>Whether this node serves the shard now.</summary>
    public bool Serves(int shardId) => _writer is not null && Shards.Serves(shardId);

    /// <summary>The epoch under which this node serves the shard now; null when it does not. Outside effects under another one must not begin.</summary>
    public long? ServedEpoch(int shardId) => Serves(shardId) ? Shards.Find(shardId)?.Epoch : null;

    internal void OnShardLost(int shardId, string code)
    {
        Emit(new KernelEvent.ShardLost(shardId, code));
        ReminderService.Forget(id => IsIn(id, shardId));
        OutboxService.Forget(shardId, id => IsIn(id, shardId));
        foreach (var region in Regions())
            region.StopShard(shardId);
    }

    private bool IsIn(PersistenceId id, int shardId) => ShardHash.ShardOf(id.Name, Journal.ShardCount) == shardId;

    private ShardTable CreateShards()
    {
        Interlocked.CompareExchange(ref _shards, new ShardTable(Journal.ShardCount), null);
        return _shards;
    }

    // Awaited one by one: WhenAll and WhenAny over tasks that continue asynchronously would leave a single-threaded dispatcher.
    private async Task<bool> EndWithinAsync(IReadOnlyList<Task> stopping, TimeSpan limit)
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var deadline = Time.CreateTimer(_ => ended.TrySetResult(false), null, limit, Timeout.InfiniteTimeSpan);
        _ = WatchAsync();
        return await ended.Task;

        async Task WatchAsync()
        {
            foreach (var stopped in stopping)
                await stopped;

            ended.TrySetResult(true);
        }
    }
}

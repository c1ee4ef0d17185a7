namespace Orchestrator.Actors.Persistence;

/// <summary>The shards this node may write, one cursor each. Any thread reads; <see cref="ActorSystem"/> changes it under its lock.</summary>
internal sealed class ShardTable(int shardCount)
{
    private readonly ShardCursor?[] _cursors = new ShardCursor?[shardCount];

    /// <summary>Shards whose entities may still write, those on their way to another node included.</summary>
    public IReadOnlyList<int> Owned => [.. Cursors().Where(cursor => cursor.LostCode is null).Select(cursor => cursor.ShardId)];

    /// <summary>Shards whose entities take messages here.</summary>
    public IReadOnlyList<int> Serving => [.. Cursors().Where(cursor => cursor.IsServing).Select(cursor => cursor.ShardId)];

    /// <summary>The cursor of a shard, or null when this node never held it or has given it away.</summary>
    public ShardCursor? Find(int shardId) => Volatile.Read(ref _cursors[shardId]);

    public bool Serves(int shardId) => Find(shardId) is { IsServing: true };

    public void Set(ShardGrant grant) => Volatile.Write(ref _cursors[grant.ShardId], new ShardCursor(grant));

    public void Remove(int shardId) => Volatile.Write(ref _cursors[shardId], null);

    private IEnumerable<ShardCursor> Cursors() => Enumerable.Range(0, _cursors.Length).Select(Find).OfType<ShardCursor>();
}

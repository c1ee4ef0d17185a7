namespace Orchestrator.Actors.Persistence;

/// <summary>The shards this node may write, one cursor each. Any thread reads; <see cref="ActorSystem"/> changes it under its lock.</summary>
internal sealed class ShardTable(int shardCount)
{
    private volatile bool _isSuspended;
    private readonly ShardCursor?[] _cursors = new ShardCursor?[shardCount];

    /// <summary>Shards whose entities may still write, those on their way to another node included.</summary>
    public IReadOnlyList<int> Owned => [.. Cursors().Where(cursor => cursor.LostCode is null).Select(cursor => cursor.ShardId)];

    /// <summary>Shards whose entities take messages here.</summary>
    public IReadOnlyList<int> Serving => _isSuspended ? [] : [.. Cursors().Where(cursor => cursor.IsServing).Select(cursor => cursor.ShardId)];

    /// <summary>The node's lease is in doubt: nothing is served, nothing is given up.</summary>
    public bool IsSuspended
    {
        get => _isSuspended;
        set => _isSuspended = value;
    }

    /// <summary>The cursor of a shard, or null when this node never held it.</summary>
    public ShardCursor? Find(int shardId) => Volatile.Read(ref _cursors[shardId]);

    public bool Serves(int shardId) => !_isSuspended && Find(shardId) is { IsServing: true };

    public void Set(ShardGrant grant) => Volatile.Write(ref _cursors[grant.ShardId], new ShardCursor(grant));

    private IEnumerable<ShardCursor> Cursors() => Enumerable.Range(0, _cursors.Length).Select(Find).OfType<ShardCursor>();
}

using Orchestrator.Actors.Cluster;

namespace Orchestrator.TestKit;

/// <summary>The tables of nodes and shard owners beside an in-memory journal. Not safe for concurrent use.</summary>
internal sealed class InMemoryMembership(int shardCount)
{
    /// <summary>The incarnations that are not down.</summary>
    public Dictionary<Guid, MemberRecord> Live { get; } = [];

    /// <summary>Owner, state and reservation per shard; the epoch is kept with the journal.</summary>
    public ShardRecord[] Shards { get; } =
        [.. Enumerable.Range(0, shardCount).Select(shard => new ShardRecord(shard, ShardState.Free, null, 0, null, null))];
}

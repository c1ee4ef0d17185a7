using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>A journal at one moment, opened to be looked at and never changed; also of a copy or a backup.</summary>
/// <remarks>One enumeration at a time. Reading an unreadable place throws a <see cref="JournalException"/>.</remarks>
public interface IJournalImage : IDisposable
{
    /// <summary>What was opened, for messages.</summary>
    string Name { get; }

    /// <summary>How many shards the journal was created with.</summary>
    int ShardCount { get; }

    /// <summary>The heads, in order of shard.</summary>
    ValueTask<IReadOnlyList<StoredShard>> ReadShardsAsync(CancellationToken cancellation);

    /// <summary>How many events there are in all, also of shards that should not exist.</summary>
    ValueTask<long> CountEventsAsync(CancellationToken cancellation);

    /// <summary>One shard's rows from a position on, in order of position.</summary>
    IAsyncEnumerable<StoredRow> ReadShardAsync(int shardId, long fromPosition, CancellationToken cancellation);

    /// <summary>One entity's rows from a sequence number on, in order of sequence number.</summary>
    IAsyncEnumerable<StoredRow> ReadEntityAsync(PersistenceId id, long fromSequence, CancellationToken cancellation);

    /// <summary>The snapshots of one shard's entities, in no particular order.</summary>
    IAsyncEnumerable<StoredSnapshot> ReadSnapshotsAsync(int shardId, CancellationToken cancellation);
}

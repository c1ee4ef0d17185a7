using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Sharding;

/// <summary>What the kernel needs of a region, whatever its commands.</summary>
internal interface IRegion
{
    int Kind { get; }

    TellOutcome Fire(PersistenceId id, ReminderFiring firing, ReplyTarget ack);

    /// <summary>Stops the shard's entities; what waits for them is refused.</summary>
    void OnShardLost(int shardId);

    /// <summary>Takes no more messages; completes when all entities have stopped.</summary>
    Task StopAsync();
}

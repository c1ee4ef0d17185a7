using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Sharding;

/// <summary>What the kernel needs of a region, whatever its commands.</summary>
internal interface IRegion
{
    int Kind { get; }

    IReadOnlyList<QuarantinedEntity> Quarantined { get; }

    TellOutcome Fire(PersistenceId id, ReminderFiring firing, ReplyTarget ack);

    /// <summary>Delivers a message of another entity; the acknowledgement comes once it is durably handled.</summary>
    TellOutcome DeliverMessage(PersistenceId id, OutboxDelivery delivery, ReplyTarget ack);

    /// <summary>Hands a message from another node over.</summary>
    TellOutcome DeliverRouted(RoutedMessage message);

    /// <summary>Stops the shard's entities after the turns they are in; what waits for them goes on, or is refused.</summary>
    /// <returns>Their ends.</returns>
    IReadOnlyList<Task> StopShard(int shardId);

    /// <summary>Takes no more messages; completes when all entities have stopped.</summary>
    Task StopAsync();
}

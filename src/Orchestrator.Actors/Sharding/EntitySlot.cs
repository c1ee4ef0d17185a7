using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Sharding;

/// <summary>What a region remembers of one entity. Belongs to the lock of its shard.</summary>
internal sealed class EntitySlot<TCommand>(string name, int shardId)
{
    public string Name { get; } = name;

    public int ShardId { get; } = shardId;

    public SlotPhase Phase { get; set; }

    public ActorCell<EntityMessage<TCommand>>? Cell { get; set; }

    /// <summary>What came while the entity was on its way out of memory.</summary>
    public List<Envelope<EntityMessage<TCommand>>> Buffer { get; } = [];

    /// <summary>A mutable counter: a field, so that it is changed in place.</summary>
    public FailureCount Failures;

    /// <summary>How the last recovery failed: the same failure at the same event again and again leads to quarantine.</summary>
    public (string Code, long SequenceNr) LastFailure { get; set; }

    public int RecoveryFailures { get; set; }

    public QuarantinedEntity? Quarantine { get; set; }

    public DateTimeOffset RetryAt { get; set; }

    public ITimer? RetryTimer { get; set; }
}

/// <summary>The life of an entity in its region.</summary>
internal enum SlotPhase
{
    Running = 1,
    Passivating = 2,
    BackingOff = 3,
    Quarantined = 4,
}

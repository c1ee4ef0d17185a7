using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Persistence;

/// <summary>What a persistent actor knows in a turn besides its state.</summary>
/// <typeparam name="TCommand">The commands it takes.</typeparam>
public sealed class EntityContext<TCommand> : TurnContext
{
    private readonly ActorCell<EntityMessage<TCommand>> _cell;
    private readonly ShardRegion<TCommand> _region;

    internal EntityContext(ActorCell<EntityMessage<TCommand>> cell, ShardRegion<TCommand> region, PersistenceId id, int shardId)
        : base(cell.System, id.Name)
    {
        _cell = cell;
        _region = region;
        Id = id;
        ShardId = shardId;
    }

    /// <summary>The entity.</summary>
    public PersistenceId Id { get; }

    /// <summary>Its shard.</summary>
    public int ShardId { get; }

    /// <summary>The epoch under which this node owns the shard. Outside effects carry it: who sees a higher one refuses a lower one.</summary>
    public long Epoch { get; internal set; }

    /// <summary>The last event folded into the state; 0 before the first.</summary>
    public long SequenceNr { get; internal set; }

    /// <summary>Sends a command to the entity itself; safe to call from any thread, also after the turn and after a restart.</summary>
    public TellOutcome TellSelf(TCommand command) => _region.Tell(Id.Name, command);

    /// <summary>Sends <paramref name="command"/> to the entity itself after <paramref name="delay"/>.</summary>
    /// <remarks>In memory only: it dies with this incarnation and does not keep the entity from
    /// being passivated. What must not be lost is a reminder.</remarks>
    public void StartTimer(string key, TimeSpan delay, TCommand command) =>
        _cell.Timers.Start(key, delay, new EntityMessage<TCommand>(command, null));

    /// <summary>Cancels a timer; a tick of it that is already queued is dropped.</summary>
    public void CancelTimer(string key) => _cell.Timers.Cancel(key);

    private protected override object Identity => _cell;

    internal void Begin(in Envelope<EntityMessage<TCommand>> envelope)
    {
        ReplyTo = envelope.ReplyTo;
        CurrentOrigin = envelope.Origin;
    }
}

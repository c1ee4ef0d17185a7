using System.Diagnostics;
using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Sharding;

/// <summary>The entities of one kind on this node, and the way to those on others.</summary>
/// <remarks>
/// One lock per shard guards the slots of its entities. It is held to look up and to enqueue, never over a turn: enqueueing under
/// it is what makes passivation safe, because a cell hands over its remaining messages under the same lock.
/// </remarks>
internal sealed partial class LocalShardRegion<TState, TCommand, TEvent> : ShardRegion<TCommand>, IRegion
{
    private static readonly TimeSpan ElsewhereRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuarantineRetry = TimeSpan.FromMinutes(1);

    private readonly ActorSystem _system;
    private readonly EntityDefinition<TState, TCommand, TEvent> _definition;
    private readonly CellLimits _limits;
    private readonly Dictionary<string, EntitySlot<TCommand>>[] _shards;
    private readonly ITimer _sweep;
    private readonly IShardRouter? _router;
    private volatile bool _isClosed;

    public LocalShardRegion(
        ActorSystem system, EntityDefinition<TState, TCommand, TEvent> definition, int shardCount, int quantum, IShardRouter? router)
        : base(system, definition.Kind, definition.KindName)
    {
        _system = system;
        _definition = definition;
        _router = definition.Messages is null ? null : router;
        _limits = new CellLimits(definition.MailboxCapacity, definition.StashCapacity, quantum);
        _shards = new Dictionary<string, EntitySlot<TCommand>>[shardCount];
        for (var i = 0; i < shardCount; i++)
            _shards[i] = new Dictionary<string, EntitySlot<TCommand>>(StringComparer.Ordinal);

        var period = TimeSpan.FromTicks(Math.Max(definition.PassivateAfter.Ticks / 4, TimeSpan.TicksPerSecond));
        _sweep = system.Time.CreateTimer(static region => ((LocalShardRegion<TState, TCommand, TEvent>)region!).Sweep(), this, period, period);
    }

    public override IReadOnlyList<string> ActiveEntities
    {
        get
        {
            var names = new List<string>();
            foreach (var shard in _shards)
            {
                lock (shard)
                    names.AddRange(shard.Values.Where(slot => slot.Cell is not null).Select(slot => slot.Name));
            }

            names.Sort(StringComparer.Ordinal);
            return names;
        }
    }

    internal override Delivery Deliver(string name, in Envelope<EntityMessage<TCommand>> envelope)
    {
        var delivery = DeliverHere(name, ShardOf(name), envelope);
        return delivery.IsElsewhere && envelope.Message.Firing is null ? Route(name, ShardOf(name), envelope) : delivery;
    }

    private Delivery DeliverHere(string name, int shardId, in Envelope<EntityMessage<TCommand>> envelope)
    {
        lock (_shards[shardId])
        {
            if (Refusal(shardId) is { } refusal)
                return refusal;

            if (_system.IsJournalFull)
                return new Delivery(TellOutcome.Busy);

            var slot = SlotOf(name, shardId);
            if (envelope.Origin is AskChain chain && slot.Cell is not null && chain.Contains(slot.Cell))
                return new Delivery(TellOutcome.Stopped, IsCycle: true);

            return slot.Phase switch
            {
                SlotPhase.Running => Enqueue(slot.Cell!, envelope),
                SlotPhase.Passivating => Hold(slot, envelope),
                _ => new Delivery(TellOutcome.Unavailable, RetryAfter(slot)) { Reason = ReasonOf(slot) },
            };
        }
    }

    public override TellOutcome Wake(string name)
    {
        var shardId = ShardOf(Checked(name));
        lock (_shards[shardId])
        {
            return Refusal(shardId) is { } refusal ? refusal.Outcome
                : SlotOf(name, shardId).Cell is null ? TellOutcome.Unavailable : TellOutcome.Accepted;
        }
    }

    public override void Passivate(string name)
    {
        var shardId = ShardOf(Checked(name));
        lock (_shards[shardId])
        {
            if (_shards[shardId].TryGetValue(name, out var slot))
                Passivate(slot);
        }
    }

    public override TellOutcome Resume(string name)
    {
        var shardId = ShardOf(Checked(name));
        lock (_shards[shardId])
        {
            if (Refusal(shardId) is { } refusal)
                return refusal.Outcome;

            var slot = SlotOf(name, shardId);
            (slot.RecoveryFailures, slot.Quarantine) = (0, null);
            if (slot.Phase is SlotPhase.BackingOff or SlotPhase.Quarantined)
                StartCell(slot);
        }

        return TellOutcome.Accepted;
    }

    TellOutcome IRegion.Fire(PersistenceId id, ReminderFiring firing, ReplyTarget ack) =>
        Deliver(id.Name, new Envelope<EntityMessage<TCommand>>(new EntityMessage<TCommand>(default, firing), ack)).Outcome;

    TellOutcome IRegion.DeliverMessage(PersistenceId id, OutboxDelivery delivery, ReplyTarget ack) =>
        Deliver(id.Name, new Envelope<EntityMessage<TCommand>>(new EntityMessage<TCommand>(default, null, delivery), ack)).Outcome;

    TellOutcome IRegion.DeliverRouted(RoutedMessage message)
    {
        if (_definition.Messages is not { } codec)
            return TellOutcome.Unavailable;

        if (message.IsDelivery)
        {
            return DeliverHere(Checked(message.Name), ShardOf(message.Name), new Envelope<EntityMessage<TCommand>>(
                new EntityMessage<TCommand>(default, null, RoutedDelivery.Decode(message.Body)), RoutedDelivery.AckOf(message))).Outcome;
        }

        var asker = message.ReplyTo is { } waiting
            ? new RoutedReplyTarget<TCommand>(waiting, codec, Describe(message.Name), message.Deadline)
            : null;
        return DeliverHere(Checked(message.Name), ShardOf(message.Name),
            new Envelope<EntityMessage<TCommand>>(new EntityMessage<TCommand>(codec.Decode(RoutedBody.CommandOf(message.Body)), null), asker)).Outcome;
    }

    IReadOnlyList<Task> IRegion.StopShard(int shardId)
    {
        lock (_shards[shardId])
        {
            var stopping = new List<Task>();
            foreach (var slot in _shards[shardId].Values.ToList())
                StopSlot(slot, stopping);

            return stopping;
        }
    }

    async Task IRegion.StopAsync()
    {
        _isClosed = true;
        await _sweep.DisposeAsync();
        var stopping = new List<Task>();
        foreach (var shard in _shards)
        {
            lock (shard)
            {
                foreach (var slot in shard.Values)
                {
                    slot.RetryTimer?.Dispose();
                    slot.Cell?.Stop();
                    stopping.Add(slot.Cell?.WhenStopped ?? Task.CompletedTask);
                }
            }
        }

        // One by one: WhenAll over tasks that continue asynchronously would leave a single-threaded dispatcher.
        foreach (var stopped in stopping)
            await stopped;
    }

    private int ShardOf(string name) => ShardHash.ShardOf(name, _shards.Length);

    /// <summary>Why the shard takes nothing here; asked under its lock, so that nothing gets in behind the stop of a shard.</summary>
    private Delivery? Refusal(int shardId)
    {
        if (_isClosed)
            return new Delivery(TellOutcome.Stopped);

        return _system.Serves(shardId) ? null : new Delivery(TellOutcome.Unavailable, ElsewhereRetry, IsElsewhere: true);
    }

    private EntitySlot<TCommand> SlotOf(string name, int shardId)
    {
        if (!_shards[shardId].TryGetValue(name, out var slot))
        {
            slot = new EntitySlot<TCommand>(name, shardId);
            _shards[shardId].Add(name, slot);
            StartCell(slot);
        }

        return slot;
    }

    private void StartCell(EntitySlot<TCommand> slot)
    {
        slot.RetryTimer?.Dispose();
        slot.RetryTimer = null;
        slot.Phase = SlotPhase.Running;
        slot.Failures.Started(_system.Time);
        var id = new PersistenceId(Kind, slot.Name);
        slot.Cell = new ActorCell<EntityMessage<TCommand>>(_system, Describe(slot.Name), _limits, RestartPolicy.Never,
            cell => new PersistentBehavior<TState, TCommand, TEvent>(cell, this, _definition, id, slot.ShardId),
            (cell, termination) => OnTerminated(slot, cell, termination));
        slot.Cell.Start();
    }

    private static Delivery Enqueue(ActorCell<EntityMessage<TCommand>> cell, in Envelope<EntityMessage<TCommand>> envelope)
    {
        var outcome = cell.Deliver(envelope);
        if (outcome != TellOutcome.Stopped)
            return new Delivery(outcome);

        // It has just ended and waits for this lock to hand over what it holds: that shall include this one.
        cell.Redeliver(envelope);
        return new Delivery(TellOutcome.Accepted);
    }

    private Delivery Hold(EntitySlot<TCommand> slot, in Envelope<EntityMessage<TCommand>> envelope)
    {
        if (slot.Buffer.Count >= _limits.MailboxCapacity)
            return new Delivery(TellOutcome.Busy);

        slot.Buffer.Add(envelope);
        return new Delivery(TellOutcome.Accepted);
    }

    private static void Passivate(EntitySlot<TCommand> slot)
    {
        if (slot.Phase != SlotPhase.Running)
            return;

        slot.Phase = SlotPhase.Passivating;
        slot.Cell!.Stop();
    }

    private TimeSpan RetryAfter(EntitySlot<TCommand> slot)
    {
        if (slot.Phase == SlotPhase.Quarantined)
            return QuarantineRetry;

        var left = slot.RetryAt - _system.Time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }

    private void Sweep()
    {
        foreach (var shard in _shards)
        {
            lock (shard)
            {
                foreach (var slot in shard.Values)
                {
                    if (slot.Phase == SlotPhase.Running && slot.Cell!.IsIdleFor(_definition.PassivateAfter))
                        Passivate(slot);
                }
            }
        }
    }

    private void OnTerminated(EntitySlot<TCommand> slot, ActorCell<EntityMessage<TCommand>> cell, Termination termination)
    {
        List<Envelope<EntityMessage<TCommand>>> refused;
        TimeSpan retryAfter;
        lock (_shards[slot.ShardId])
        {
            refused = [.. cell.TakeRemaining(), .. slot.Buffer];
            slot.Buffer.Clear();
            slot.Cell = null;
            if (_isClosed || !_system.Serves(slot.ShardId))
                Remove(slot);
            else if (termination.Error is { } error)
                BackOff(slot, error);
            else
                LeaveOrReturn(slot, refused);

            retryAfter = slot.Phase == SlotPhase.BackingOff ? RetryAfter(slot) : ElsewhereRetry;
        }

        foreach (var envelope in refused)
            SendOnOrRefuse(slot, envelope, retryAfter);
    }

    /// <summary>An entity that waits to start again holds nothing: it is forgotten at once.</summary>
    private void StopSlot(EntitySlot<TCommand> slot, List<Task> stopping)
    {
        if (slot.Cell is not { } cell)
        {
            Remove(slot);
            return;
        }

        cell.Stop();
        stopping.Add(cell.WhenStopped);
    }

    /// <summary>Gives a message to the router, for a shard that is not served here.</summary>
    private Delivery Route(string name, int shardId, in Envelope<EntityMessage<TCommand>> envelope)
    {
        if (_router is null)
            return new Delivery(TellOutcome.Unavailable, ElsewhereRetry);

        if (envelope.Message.Delivery is { } delivery)
            return new Delivery(_router.Route(RoutedDelivery.Pack(Kind, name, shardId, delivery, envelope.ReplyTo)), ElsewhereRetry);

        var codec = _definition.Messages!;
        var answer = envelope.ReplyTo is { } asker ? new RemoteAnswer<TCommand>(asker, codec, Describe(name)) : null;
        var outcome = _router.Route(new RoutedMessage(Kind, name, shardId, RoutedBody.OfCommand(codec.Encode(envelope.Message.Command!)), answer)
        {
            Deadline = envelope.ReplyTo?.Deadline,
            TraceParent = Activity.Current?.Id,
        });
        return new Delivery(outcome, ElsewhereRetry);
    }

    private void Remove(EntitySlot<TCommand> slot)
    {
        slot.RetryTimer?.Dispose();
        _shards[slot.ShardId].Remove(slot.Name);
    }

    /// <summary>After passivation: gone when nothing waits, else back with all that waits, in order.</summary>
    private void LeaveOrReturn(EntitySlot<TCommand> slot, List<Envelope<EntityMessage<TCommand>>> waiting)
    {
        if (waiting.Count == 0)
        {
            Remove(slot);
            return;
        }

        StartCell(slot);
        foreach (var envelope in waiting)
            slot.Cell!.Redeliver(envelope);

        waiting.Clear();
    }

    private void BackOff(EntitySlot<TCommand> slot, Exception error)
    {
        var failures = slot.Failures.Failed(_system.Time, _definition.Restart.ResetAfter);
        if (CountFailure(slot, error))
            return;

        var delay = _definition.Restart.Delay(failures, _system.NextRandom());
        slot.Phase = SlotPhase.BackingOff;
        slot.RetryAt = _system.Time.GetUtcNow() + delay;
        slot.RetryTimer = _system.Time.CreateTimer(_ => Retry(slot), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Retry(EntitySlot<TCommand> slot)
    {
        lock (_shards[slot.ShardId])
        {
            if (slot.Phase == SlotPhase.BackingOff && !_isClosed)
                StartCell(slot);
        }
    }

    /// <summary>What waited for an entity whose shard has left goes after it; all else is refused.</summary>
    private void SendOnOrRefuse(EntitySlot<TCommand> slot, in Envelope<EntityMessage<TCommand>> envelope, TimeSpan retryAfter)
    {
        if (_router is not null && !_isClosed && envelope.Message.Firing is null && !_system.Serves(slot.ShardId)
            && Route(slot.Name, slot.ShardId, envelope).Outcome == TellOutcome.Accepted)
            return;

        Refuse(slot.Name, envelope, retryAfter);
    }

    private void Refuse(string name, in Envelope<EntityMessage<TCommand>> envelope, TimeSpan retryAfter)
    {
        if (envelope.ReplyTo is { } asker)
            asker.TryFail(Refusals.Of(_isClosed ? TellOutcome.Stopped : TellOutcome.Unavailable, Describe(name), retryAfter));
        else
            _system.DeadLetters.Add(Describe(name), envelope.Message.Command, DeadLetterReason.Unavailable);
    }
}

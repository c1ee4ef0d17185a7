using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Persistence;

/// <summary>Runs a <see cref="PersistentActor{TState,TCommand,TEvent}"/>: recovery, then one command at a time to its end.</summary>
/// <remarks>The turn is kept until the events are durable and folded in; that alone makes later commands wait.</remarks>
internal sealed class PersistentBehavior<TState, TCommand, TEvent> : Behavior<EntityMessage<TCommand>>
{
    private readonly ActorCell<EntityMessage<TCommand>> _cell;
    private readonly ShardRegion<TCommand> _region;
    private readonly EntityDefinition<TState, TCommand, TEvent> _definition;
    private readonly PersistentActor<TState, TCommand, TEvent> _actor;
    private readonly EntityContext<TCommand> _context;
    private readonly ActorSystem _system;
    private readonly PersistenceId _id;
    private readonly Inbox _inbox;
    private TState _state = default!;
    private byte[] _hash = [];
    private long _snapshotNr;

    public PersistentBehavior(
        ActorCell<EntityMessage<TCommand>> cell, ShardRegion<TCommand> region,
        EntityDefinition<TState, TCommand, TEvent> definition, PersistenceId id, int shardId)
    {
        _cell = cell;
        _region = region;
        _definition = definition;
        _id = id;
        _inbox = new Inbox(id);
        _system = cell.System;
        _actor = definition.Create(id);
        _context = new EntityContext<TCommand>(cell, region, id, shardId);
    }

    public override async ValueTask StartAsync()
    {
        _context.Epoch = _system.Shards.Find(_context.ShardId)?.Epoch ?? throw new PersistFailedException(_id, WriteResult.ShardLost);
        var recovered = await RecoverAsync();
        (_state, _hash, _snapshotNr) = (recovered.State, recovered.Hash, recovered.SnapshotNr);
        _context.SequenceNr = recovered.SequenceNr;
        try
        {
            _actor.OnRecovered(_state, _context);
        }
        catch (Exception error)
        {
            throw new RecoveryException(ActorErrorCodes.RecoveredHookFailed, _id, recovered.SequenceNr,
                $"the recovered hook failed ({error.Message}). Fix the entity's code.", error);
        }
    }

    public override ValueTask StopAsync() => _actor.OnStoppedAsync();

    public override ValueTask ReceiveAsync(Envelope<EntityMessage<TCommand>> envelope)
    {
        _context.Begin(envelope);
        if (envelope.Message.Firing is { } firing && !_system.ReminderService.IsCurrent(_id, firing))
        {
            envelope.ReplyTo?.TryReply(null);
            return default;
        }

        return envelope.Message.Delivery is { } delivery
            ? ReceiveAsync(delivery, envelope)
            : CarryOut(Decide(envelope.Message), envelope);
    }

    private async ValueTask ReceiveAsync(OutboxDelivery delivery, Envelope<EntityMessage<TCommand>> envelope)
    {
        try
        {
            await _inbox.LoadAsync(_system.Journal);
        }
        catch (JournalException error)
        {
            envelope.ReplyTo?.TryFail(Refusals.Failed(_cell.Name, error));
            return;
        }

        if (_inbox.HasHandled(delivery))
            envelope.ReplyTo?.TryReply(null);
        else if (_inbox.IsAhead(delivery))
            envelope.ReplyTo?.TryFail(Refusals.OutOfOrder(_cell.Name, delivery));
        else
            await CarryOut(_actor.OnCommand(_state, _actor.OnMessage(delivery, _context), _context), envelope);
    }

    private ValueTask CarryOut(Effect<TState, TEvent> effect, in Envelope<EntityMessage<TCommand>> envelope)
    {
        if (effect.IsStash)
        {
            _cell.Stash(envelope);
            return default;
        }

        return effect.Writes || envelope.Message.Delivery is not null ? PersistAsync(effect, envelope) : FinishAsync(effect, envelope);
    }

    private async Task<Recovered<TState>> RecoverAsync()
    {
        await _system.RecoveryPermits.WaitAsync();
        try
        {
            return await WaitOutAsync();
        }
        finally
        {
            _system.RecoveryPermits.Release();
        }
    }

    /// <summary>A journal that does not answer is no failure of the entity: it waits, with all others.</summary>
    private async Task<Recovered<TState>> WaitOutAsync()
    {
        while (true)
        {
            await _system.JournalHealth.WhenAvailableAsync();
            if (_system.Shards.Find(_context.ShardId) is not { LostCode: null })
                throw new PersistFailedException(_id, WriteResult.ShardLost);

            try
            {
                return await new EntityRecovery<TState, TCommand, TEvent>(_system, _system.Journal, _id, _definition, _actor).RunAsync();
            }
            catch (JournalException error) when (error.IsTransient && !_system.IsStopping)
            {
                _system.JournalHealth.Trouble(error);
            }
        }
    }

    private Effect<TState, TEvent> Decide(in EntityMessage<TCommand> message)
    {
        if (message.Firing is not { } firing)
            return _actor.OnCommand(_state, message.Command!, _context);

        var effect = _actor.OnCommand(_state, _actor.OnReminder(firing, _context), _context);
        return effect.IsStash || effect.Touches(firing.Name) ? effect : effect.ClearReminder(firing.Name);
    }

    private async ValueTask PersistAsync(Effect<TState, TEvent> effect, Envelope<EntityMessage<TCommand>> envelope)
    {
        if (TrySeal(effect, envelope) is not { } request)
            return;

        var result = await _system.Writer.WriteAsync(request);
        if (result.Outcome != WriteOutcome.Stored)
        {
            envelope.ReplyTo?.TryFail(new AskException(AskFailure.NotConfirmed,
                $"The journal did not confirm the events of {_id}; they may be stored. Retry with the same operation id.", default, result.Error));
            throw new PersistFailedException(_id, result);
        }

        if (envelope.Message.Delivery is { } delivery)
            _inbox.Handled(delivery);

        Evolve(effect, request);
        await FinishAsync(effect, envelope);
    }

    /// <summary>Encodes the events; what cannot be encoded is refused before anything is written, and the entity lives on.</summary>
    private WriteRequest? TrySeal(Effect<TState, TEvent> effect, in Envelope<EntityMessage<TCommand>> envelope)
    {
        try
        {
            var events = EventSealer.Seal(effect.Events, _definition.Events, _id, _context.SequenceNr, _hash,
                _context.Epoch, _context.Now, effect.EventMeta);
            return new WriteRequest(_context.ShardId, _context.Epoch, events, [.. effect.Reminders.Select(edit => edit.For(_id))])
            {
                Outbox = [.. effect.Sends.Select((send, i) =>
                    new OutboxMessage(_id, events[^1].SequenceNr, (short)i, send.To, send.Payload))],
                Inbox = envelope.Message.Delivery is { } delivery ? [_inbox.MarkOf(delivery)] : [],
            };
        }
        catch (Exception error)
        {
            envelope.ReplyTo?.TryFail(new AskException(AskFailure.Rejected,
                $"An event of {_id} cannot be encoded ({error.Message}); nothing was stored.", default, error));
            _system.Emit(new KernelEvent.ActorFailed(_cell.Name, error, TimeSpan.Zero));
            return null;
        }
    }

    private void Evolve(Effect<TState, TEvent> effect, WriteRequest request)
    {
        foreach (var change in request.Reminders)
            _system.ReminderService.Changed(change);

        foreach (var @event in effect.Events)
            _state = _actor.Apply(_state, @event);

        _context.SequenceNr += request.Events.Count;
        if (request.Events.Count > 0)
            _hash = request.Events[^1].Hash;

        _system.OutboxService.Sent(_context.ShardId, request.Outbox);
        OfferSnapshot();
    }

    private void OfferSnapshot()
    {
        if (_definition.Snapshots is not { } codec || _context.SequenceNr - _snapshotNr < _definition.SnapshotEvery)
            return;

        _snapshotNr = _context.SequenceNr;
        try
        {
            _system.Writer.Offer(new JournalSnapshot(
                _id, _context.SequenceNr, codec.Schema, _hash, _context.Now, codec.Encode(_state)));
        }
        catch (Exception error)
        {
            _system.Emit(new KernelEvent.SnapshotFailed(_cell.Name, error));
        }
    }

    private ValueTask FinishAsync(Effect<TState, TEvent> effect, in Envelope<EntityMessage<TCommand>> envelope)
    {
        if (effect.HasReply)
            envelope.ReplyTo?.TryReply(effect.ReplyFor(_state));
        else if (envelope.Message.Firing is not null || envelope.Message.Delivery is not null)
            envelope.ReplyTo?.TryReply(null);

        if (effect.Unstashes)
            _cell.UnstashAll();

        if (effect.Passivates)
            _region.Passivate(_id.Name);

        return effect.Then.Count == 0 ? default : RunAsync(effect.Then);
    }

    private async ValueTask RunAsync(IReadOnlyList<Func<TState, ValueTask>> actions)
    {
        foreach (var action in actions)
            await action(_state);
    }
}

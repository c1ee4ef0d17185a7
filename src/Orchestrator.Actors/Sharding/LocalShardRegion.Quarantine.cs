using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Sharding;

/// <content>Entities that fail the same way again and again, and what an operator does about them.</content>
internal sealed partial class LocalShardRegion<TState, TCommand, TEvent>
{
    private const int MaxReasonLength = 2000;

    public override IReadOnlyList<QuarantinedEntity> Quarantined
    {
        get
        {
            var found = new List<QuarantinedEntity>();
            foreach (var shard in _shards)
            {
                lock (shard)
                    found.AddRange(shard.Values.Select(slot => slot.Quarantine).OfType<QuarantinedEntity>());
            }

            found.Sort(static (a, b) => string.CompareOrdinal(a.Id.Name, b.Id.Name));
            return found;
        }
    }

    public override async Task<JournalEvent?> ReadFailingEventAsync(string name, CancellationToken cancellation = default)
    {
        var entity = QuarantineOf(Checked(name));
        var found = await _system.Journal.ReadEntityAsync(entity.Id, entity.SequenceNr, 1, cancellation);
        return found.Count == 1 && found[0].SequenceNr == entity.SequenceNr ? found[0] : null;
    }

    public override async Task SkipAsync(string name, long sequenceNr, string reason, string by)
    {
        CheckText(reason, nameof(reason));
        CheckText(by, nameof(by));
        var entity = QuarantineOf(Checked(name));
        if (entity.SequenceNr != sequenceNr || !entity.CanSkip)
        {
            throw new InvalidOperationException($"{Describe(name)} fails at event {entity.SequenceNr} with {entity.Code}; event {sequenceNr} "
                + "cannot be passed over. Only the event it fails at can, and only if that is intact and cannot be read or applied.");
        }

        var shardId = ShardOf(name);
        var epoch = _system.Shards.Find(shardId)?.Epoch ?? throw new PersistFailedException(entity.Id, WriteResult.ShardLost);
        var tail = await HistoryTail.ReadAsync(_system.Journal, entity.Id, sequenceNr);
        var record = tail.Skip(reason, by, epoch, _system.Time.GetUtcNow());
        var result = await _system.Writer.WriteAsync(new WriteRequest(shardId, epoch, [record], []));
        if (result.Outcome != WriteOutcome.Stored)
            throw new PersistFailedException(entity.Id, result);

        _system.Emit(new KernelEvent.EventSkipped(Describe(name), sequenceNr, reason, by));
        Resume(name);
    }

    private static void CheckText(string text, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxReasonLength, name);
    }

    private QuarantinedEntity QuarantineOf(string name)
    {
        var shard = _shards[ShardOf(name)];
        lock (shard)
        {
            return shard.GetValueOrDefault(name)?.Quarantine ?? throw new InvalidOperationException(
                $"{Describe(name)} is not quarantined on this node. List the quarantined entities, and ask the node that owns the shard.");
        }
    }

    /// <summary>Counts failures of recovery that are the same at the same event; infrastructure does not count.</summary>
    /// <returns>Whether the entity is quarantined by it.</returns>
    private bool CountFailure(EntitySlot<TCommand> slot, Exception error)
    {
        if (error is not RecoveryException failure)
        {
            slot.RecoveryFailures = 0;
            return false;
        }

        var last = slot.LastFailure;
        slot.LastFailure = (failure.Code, failure.SequenceNr);
        slot.RecoveryFailures = slot.LastFailure == last ? slot.RecoveryFailures + 1 : 1;
        if (slot.RecoveryFailures < _definition.QuarantineAfter)
            return false;

        slot.Phase = SlotPhase.Quarantined;
        slot.Quarantine = new QuarantinedEntity(failure.Id, failure.Code, failure.SequenceNr, failure.Message, _system.Time.GetUtcNow());
        _system.Emit(new KernelEvent.EntityQuarantined(Describe(slot.Name), error));
        return true;
    }

    private static string? ReasonOf(EntitySlot<TCommand> slot) => slot.Quarantine is { } entity
        ? $"It is quarantined since {entity.Since:u}: {entity.Message} An operator can look at the event, pass over it or resume the entity."
        : null;
}

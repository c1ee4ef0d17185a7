using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Persistence;

/// <summary>Reads an entity's state back: newest snapshot that proves to belong to this history, then the events after it.</summary>
/// <remarks>
/// Events are never deleted, so falling back to the whole history is always right. Checked on the way: sequence numbers are
/// contiguous, each event follows the hash of the one before, epochs do not fall, every event type is known. Events an operator
/// has passed over, by a record in the same history, are checked but not folded.
/// </remarks>
internal sealed class EntityRecovery<TState, TCommand, TEvent>(
    ActorSystem system, IJournal journal, PersistenceId id,
    EntityDefinition<TState, TCommand, TEvent> definition, PersistentActor<TState, TCommand, TEvent> actor)
{
    private const int PageSize = 500;

    private readonly SkippedEvents _skipped = new();
    private TState _state = actor.InitialState(id);
    private long _sequenceNr;
    private long _epoch;
    private byte[] _hash = HashChain.Genesis(id);

    public async Task<Recovered<TState>> RunAsync()
    {
        while (true)
        {
            (_state, _sequenceNr, _epoch, _hash) = (actor.InitialState(id), 0, 0, HashChain.Genesis(id));
            await StartFromSnapshotAsync();
            var snapshotNr = _sequenceNr;
            if (await TryReplayAsync())
                return new Recovered<TState>(_state, _sequenceNr, _hash, snapshotNr);
        }
    }

    /// <summary>Replays to the end; false when an event has turned out to be passed over, which each event does once at most.</summary>
    private async Task<bool> TryReplayAsync()
    {
        IReadOnlyList<JournalEvent> page;
        do
        {
            page = await ReadPageAsync(_sequenceNr + 1);
            foreach (var stored in page)
            {
                if (!await TryReplayAsync(stored))
                    return false;
            }
        }
        while (page.Count == PageSize);

        return true;
    }

    private async Task<IReadOnlyList<JournalEvent>> ReadPageAsync(long from) =>
        await system.JournalHealth.WatchAsync(journal.ReadEntityAsync(id, from, PageSize, CancellationToken.None));

    private async Task StartFromSnapshotAsync()
    {
        if (definition.Snapshots is not { } codec)
            return;

        var newest = _skipped.NewestSnapshot;
        while (await system.JournalHealth.WatchAsync(journal.LoadSnapshotAsync(id, newest, CancellationToken.None)) is { } snapshot)
        {
            var problem = await TryUseAsync(snapshot, codec);
            if (problem is null)
                return;

            system.Emit(new KernelEvent.SnapshotIgnored(id.ToString(), snapshot.SequenceNr, problem));
            newest = snapshot.SequenceNr - 1;
        }
    }

    /// <summary>Takes the snapshot, or returns why not.</summary>
    private async Task<string?> TryUseAsync(JournalSnapshot snapshot, ISnapshotCodec<TState> codec)
    {
        if (snapshot.Schema != codec.Schema)
            return $"schema {snapshot.Schema}, this build has {codec.Schema}";

        var at = await system.JournalHealth.WatchAsync(journal.ReadEntityAsync(id, snapshot.SequenceNr, 1, CancellationToken.None));
        if (at.Count == 0 || at[0].SequenceNr != snapshot.SequenceNr || !at[0].Hash.AsSpan().SequenceEqual(snapshot.EventHash))
            return "it belongs to another history";

        try
        {
            _state = codec.Decode(snapshot.Payload);
        }
        catch (Exception error)
        {
            return $"it cannot be decoded: {error.Message}";
        }

        (_sequenceNr, _epoch, _hash) = (snapshot.SequenceNr, at[0].Epoch, at[0].Hash);
        return null;
    }

    private async ValueTask<bool> TryReplayAsync(JournalEvent stored)
    {
        if (stored.SequenceNr != _sequenceNr + 1)
            throw Broken(ActorErrorCodes.HistoryGap, stored, $"event {_sequenceNr + 1} was expected. Restore the journal from a copy.");

        if (stored.Epoch < _epoch || !HashChain.Follows(_hash, stored))
            throw Broken(ActorErrorCodes.HistoryAltered, stored, "the hash chain does not hold. Compare the journal with a checkpoint.");

        if (!await TryFoldAsync(stored))
            return false;

        (_sequenceNr, _epoch, _hash) = (stored.SequenceNr, stored.Epoch, stored.Hash);
        return true;
    }

    private async ValueTask<bool> TryFoldAsync(JournalEvent stored)
    {
        if (SkipRecord.Is(stored))
            return !Learn(stored);

        if (_skipped.Knows(stored.SequenceNr))
        {
            return _skipped.Fits(stored)
                ? true
                : throw Broken(ActorErrorCodes.HistoryAltered, stored, "an operator passed over another event there. Compare the journal with a checkpoint.");
        }

        try
        {
            Fold(stored);
            return true;
        }
        catch (RecoveryException)
        {
            await LookAheadAsync(stored.SequenceNr + 1);
            if (!_skipped.Knows(stored.SequenceNr))
                throw;

            return false;
        }
    }

    /// <summary>Looks for records behind an event that fails; their place in the chain is checked once the replay gets there.</summary>
    private async Task LookAheadAsync(long from)
    {
        IReadOnlyList<JournalEvent> page;
        do
        {
            page = await ReadPageAsync(from);
            foreach (var stored in page.Where(SkipRecord.Is))
                Learn(stored);

            from += page.Count;
        }
        while (page.Count == PageSize);
    }

    private bool Learn(JournalEvent stored)
    {
        try
        {
            return _skipped.Learn(SkipRecord.Decode(stored));
        }
        catch (UnknownEventException error)
        {
            throw Broken(ActorErrorCodes.UnknownEvent, stored, error.Message, error);
        }
    }

    private void Fold(JournalEvent stored)
    {
        try
        {
            foreach (var @event in definition.Upcasters.Decode(definition.Events, stored))
                _state = actor.Apply(_state, @event);
        }
        catch (Exception error) when (stored.Payload is null)
        {
            throw Broken(ActorErrorCodes.PayloadShredded, stored, "its payload was shredded, and no snapshot this build reads covers it. "
                + "Restore the entity's snapshot from a copy of the journal.", error);
        }
        catch (UnknownEventException error)
        {
            throw Broken(ActorErrorCodes.UnknownEvent, stored, error.Message, error);
        }
        catch (Exception error)
        {
            throw Broken(ActorErrorCodes.ReplayFailed, stored, $"type {stored.TypeId} version {stored.TypeVersion}: {error.Message}", error);
        }
    }

    private RecoveryException Broken(string code, JournalEvent stored, string message, Exception? inner = null) =>
        new(code, id, stored.SequenceNr, message, inner);
}

using Orchestrator.Actors.Persistence;

namespace Orchestrator.TestKit;

/// <summary>A journal in memory that can be slow, hold, fail, lose answers, be fenced and crash.</summary>
/// <remarks>It checks what it is given – sequence, epoch, hash chain – and fails loudly on a kernel that gets them wrong.</remarks>
public sealed class InMemoryJournal : IJournal
{
    private readonly InMemoryStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<JournalFault> _faults = new();
    private readonly Dictionary<int, JournalFault> _faultsAt = [];
    private readonly List<IReadOnlyList<ShardAppend>> _appends = [];
    private IReadOnlyList<ShardAppend>? _late;
    private TaskCompletionSource? _hold;
    private Exception? _readFault;
    private Exception? _appendFault;
    private Predicate<JournalEvent>? _refused;
    private bool _isCrashed;

    /// <summary>Creates an empty journal.</summary>
    /// <param name="shardCount">The number of shards.</param>
    /// <param name="time">The time <see cref="Latency"/> passes on.</param>
    public InMemoryJournal(int shardCount, TimeProvider time)
        : this(new InMemoryStore(shardCount), time)
    {
    }

    private InMemoryJournal(InMemoryStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
    }

    /// <inheritdoc />
    public int ShardCount => _store.Epochs.Length;

    /// <summary>How long an append takes.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>How much longer an append takes that meets <see cref="JournalFault.Slow"/>.</summary>
    public TimeSpan SlowAppend { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Appends received by this handle, faulty ones included: each is one group commit.</summary>
    public IReadOnlyList<IReadOnlyList<ShardAppend>> Appends
    {
        get
        {
            lock (_gate)
                return [.. _appends];
        }
    }

    /// <summary>The reminders stored, by kind, entity and name.</summary>
    public IReadOnlyList<JournalReminder> Reminders
    {
        get
        {
            lock (_gate)
                return [.. _store.Reminders];
        }
    }

    /// <summary>The messages that wait to be delivered, in the order of (shard, position, ordinal).</summary>
    public IReadOnlyList<OutboxMessage> Outbox
    {
        get
        {
            lock (_gate)
                return [.. _store.Messages.Waiting];
        }
    }

    /// <summary>Sees every event and its shard as it is stored, by whichever handle on the store; must not call the journal.</summary>
    public Action<int, JournalEvent>? OnStored
    {
        get => _store.OnStored;
        set => _store.OnStored = value;
    }

    /// <summary>Makes the store of all handles ignore epochs and heads: a broken provider, to show that a check finds it.</summary>
    public bool IsUnfenced
    {
        get => _store.IsUnfenced;
        set => _store.IsUnfenced = value;
    }

    internal InMemoryStore Store => _store;

    /// <summary>Whether a fault has ended the process this handle stands for.</summary>
    public bool IsCrashed
    {
        get
        {
            lock (_gate)
                return _isCrashed;
        }
    }

    /// <summary>The stored events of an entity.</summary>
    public IReadOnlyList<JournalEvent> EventsOf(PersistenceId id)
    {
        lock (_gate)
            return [.. _store.Entity(id)];
    }

    /// <summary>Makes the next appends go wrong, one after another.</summary>
    public void FailNext(params ReadOnlySpan<JournalFault> faults)
    {
        lock (_gate)
        {
            foreach (var fault in faults)
                _faults.Enqueue(fault);
        }
    }

    /// <summary>Makes one append go wrong, counted from the first this handle received.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="fault">How.</param>
    public void FailAt(int number, JournalFault fault)
    {
        lock (_gate)
            _faultsAt[number] = fault;
    }

    /// <summary>Makes every read fail until called again with null.</summary>
    public void FailReads(Exception? error)
    {
        lock (_gate)
            _readFault = error;
    }

    /// <summary>Makes every append fail before it stores anything, until called again with null.</summary>
    public void FailAppends(Exception? error)
    {
        lock (_gate)
            _appendFault = error;
    }

    /// <summary>Refuses appends with such an event for good, as a store that cannot hold it; null ends that.</summary>
    public void RefuseEvents(Predicate<JournalEvent>? bad)
    {
        lock (_gate)
            _refused = bad;
    }

    /// <summary>Holds appends before they are stored, until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_gate)
            _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets held appends go on.</summary>
    public void Release()
    {
        TaskCompletionSource? held;
        lock (_gate)
            (held, _hold) = (_hold, null);

        held?.TrySetResult();
    }

    /// <summary>Takes a shard away, as another node would.</summary>
    public void Steal(int shardId)
    {
        lock (_gate)
            _store.Epochs[shardId]++;
    }

    /// <summary>Drops the newest events of a shard, as a store does that lost acknowledged commits.</summary>
    public void Rewind(int shardId, int events)
    {
        lock (_gate)
        {
            foreach (var lost in _store.Shards[shardId].TakeLast(events).ToList())
            {
                _store.Shards[shardId].Remove(lost);
                _store.Entity(lost.Id).Remove(lost);
            }

            _store.Messages.Rewind(shardId, _store.Shards[shardId].Count);
        }
    }

    /// <summary>Replaces a stored event without touching its hash, as a forger would, or removes it.</summary>
    public void Tamper(PersistenceId id, long sequenceNr, Func<JournalEvent, JournalEvent?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_gate)
        {
            var history = _store.Entity(id);
            var index = history.FindIndex(stored => stored.SequenceNr == sequenceNr);
            if (change(history[index]) is { } changed)
                history[index] = changed;
            else
                history.RemoveAt(index);
        }
    }

    /// <summary>A fresh handle on the same store, for the process that starts after a crash.</summary>
    public InMemoryJournal Reopen() => new(_store, _time) { Latency = Latency, SlowAppend = SlowAppend };

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation)
    {
        await EnterAsync();
        lock (_gate)
        {
            foreach (var shard in shards)
                _store.Epochs[shard]++;

            return [.. shards.Select(_store.Grant)];
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        await EnterAsync();
        var fault = Receive(appends);
        var latency = fault == JournalFault.Slow ? Latency + SlowAppend : Latency;
        if (latency > TimeSpan.Zero)
            await Task.Delay(latency, _time, CancellationToken.None);

        Task? held;
        lock (_gate)
            held = _hold?.Task;

        if (held is not null)
            await held;

        var outcomes = StoreAll(appends, fault);
        if (fault == JournalFault.SilentAfterCommit)
            await SilenceAsync();

        return outcomes;
    }

    private List<AppendOutcome> StoreAll(IReadOnlyList<ShardAppend> appends, JournalFault? fault)
    {
        lock (_gate)
        {
            StoreLate();
            ThrowBefore(fault, appends);
            if (_appendFault is { } broken)
                throw broken;

            if (_refused is { } refused && appends.Any(append => append.Events.Any(stored => refused(stored))))
                throw new JournalException("ORC4012", "The journal cannot store an event.", isTransient: false, outcomeUnknown: false);

            var outcomes = Commit(fault, appends);
            ThrowAfter(fault);
            return outcomes;
        }
    }

    private Task SilenceAsync()
    {
        Hold();
        lock (_gate)
            return _hold!.Task;
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyList<JournalEvent>>(() => [.. _store.Entity(id).Where(stored => stored.SequenceNr >= fromSequence).Take(limit)]);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyList<JournalEvent>>(() => [.. _store.Shards[shardId].Where(stored => stored.Position > afterPosition).Take(limit)]);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyList<PersistenceId>>(() => [.. _store.Ids.Where(id => kind is null || id.Kind == kind)
            .OrderBy(id => id.Kind).ThenBy(id => id.Name, StringComparer.Ordinal)]);

    /// <inheritdoc />
    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation) =>
        ReadAsync(() => _store.Snapshots(id).Where(snapshot => snapshot.SequenceNr <= maxSequence).MaxBy(snapshot => snapshot.SequenceNr));

    /// <inheritdoc />
    public async ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await EnterAsync();
        lock (_gate)
        {
            var kept = _store.Snapshots(snapshot.Id);
            kept.RemoveAll(other => other.SequenceNr == snapshot.SequenceNr);
            kept.Add(snapshot);
            kept.Sort(static (a, b) => a.SequenceNr.CompareTo(b.SequenceNr));
            if (kept.Count > 2)
                kept.RemoveRange(0, kept.Count - 2);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyList<JournalReminder>>(() =>
            [.. _store.RemindersOf(shards).Where(reminder => reminder.DueAt <= dueBefore).Take(limit)]);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadAsync<IReadOnlyList<OutboxEntry>>(() => [.. _store.Messages.Read(query)]);
    }

    /// <inheritdoc />
    public async ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        await EnterAsync();
        lock (_gate)
            _store.Messages.Remove(delivered);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyList<InboxMark>>(() => [.. _store.Messages.MarksOf(to)]);

    /// <inheritdoc />
    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation) =>
        ReadAsync(() => _store.Grant(shardId));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => default;

    private async ValueTask<T> ReadAsync<T>(Func<T> read)
    {
        await EnterAsync();
        lock (_gate)
            return _readFault is { } fault ? throw fault : read();
    }

    /// <summary>Never answers within the call: a real store does not either, and tests must not come to rely on it.</summary>
    private async ValueTask EnterAsync()
    {
        await Task.Yield();
        lock (_gate)
        {
            if (_isCrashed)
                throw Crash();
        }
    }

    private JournalFault? Receive(IReadOnlyList<ShardAppend> appends)
    {
        lock (_gate)
        {
            // The caller reuses nothing, but a record of what was asked must not change when it does.
            _appends.Add([.. appends.Select(append => append with
                {
                    Events = [.. append.Events], Reminders = [.. append.Reminders], Outbox = [.. append.Outbox], Inbox = [.. append.Inbox],
                })]);
            return _faultsAt.TryGetValue(_appends.Count, out var planned) ? planned
                : _faults.TryDequeue(out var fault) ? fault : null;
        }
    }

    private List<AppendOutcome> Commit(JournalFault? fault, IReadOnlyList<ShardAppend> appends)
    {
        if (fault == JournalFault.FenceLoss)
        {
            foreach (var append in appends)
                _store.Epochs[append.ShardId]++;
        }

        var outcomes = appends.Select(_store.Append).ToList();
        return fault == JournalFault.Duplicate ? [.. appends.Select(_store.Append)] : outcomes;
    }

    private void StoreLate()
    {
        foreach (var append in _late ?? [])
            _store.Append(append);

        _late = null;
    }

    private void ThrowBefore(JournalFault? fault, IReadOnlyList<ShardAppend> appends)
    {
        if (_isCrashed)
            throw Crash();

        switch (fault)
        {
            case JournalFault.Transient:
                throw new JournalException("ORC4010", "The journal failed. Try again.", isTransient: true, outcomeUnknown: false);
            case JournalFault.Full:
                throw new JournalException("ORC4011", "The journal is full. Make room.", isTransient: true, outcomeUnknown: false);
            case JournalFault.Permanent:
                throw new JournalException("ORC4012", "The journal refuses the write.", isTransient: false, outcomeUnknown: false);
            case JournalFault.LostBeforeCommit:
                throw Lost();
            case JournalFault.Reordered:
                _late = appends;
                throw Lost();
            case JournalFault.CrashBeforeCommit:
                _isCrashed = true;
                throw Crash();
        }
    }

    private void ThrowAfter(JournalFault? fault)
    {
        if (fault == JournalFault.LostAfterCommit)
            throw Lost();

        if (fault != JournalFault.CrashAfterCommit)
            return;

        _isCrashed = true;
        throw Crash();
    }

    private static JournalException Lost() =>
        new("ORC4013", "The connection to the journal was lost.", isTransient: true, outcomeUnknown: true);

    private static JournalException Crash() =>
        new("ORC4014", "The process has crashed. Reopen the journal.", isTransient: false, outcomeUnknown: true);
}

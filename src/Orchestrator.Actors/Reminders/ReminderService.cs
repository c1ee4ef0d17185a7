using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Reminders;

/// <summary>Fires durable reminders: each as a message to its entity, again until the entity has consumed it.</summary>
/// <remarks>
/// Holds only those due within the window, and is told of every durable change, so that it always knows which generation is
/// current: an entity asks before it acts on a firing that may have waited in its mailbox. One missed during an outage fires
/// once, at once; firings are paced so that an outage does not end in a herd.
/// </remarks>
internal sealed class ReminderService : IThreadPoolWorkItem
{
    // Wall clocks jump and timers do not: look again at least this often.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ReloadDelay = TimeSpan.FromSeconds(1);

    private readonly ActorSystem _system;
    private readonly ReminderOptions _options;
    private readonly ReminderAgenda _agenda = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private HashSet<ReminderKey>? _changedWhileLoading;
    private DateTimeOffset _loadedUntil = DateTimeOffset.MinValue;
    private DateTimeOffset _nextLoad = DateTimeOffset.MinValue;
    private DateTimeOffset _nextStep = DateTimeOffset.MinValue;
    private bool _isPartial;
    private bool _isRunning;
    private bool _isStarted;
    private bool _reloadAfterLoading;

    public ReminderService(ActorSystem system, ReminderOptions options)
    {
        _system = system;
        _options = options;
        _timer = system.Time.CreateTimer(
            static service => ((ReminderService)service!).Trigger(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start()
    {
        lock (_gate)
            _isStarted = true;

        Trigger();
    }

    public void Stop()
    {
        lock (_gate)
            _isStarted = false;

        _timer.Dispose();
    }

    /// <summary>Takes note of a change that has become durable.</summary>
    public void Changed(ReminderChange change)
    {
        var key = new ReminderKey(change.Id, change.Name);
        lock (_gate)
        {
            _changedWhileLoading?.Add(key);
            _agenda.Remove(key);
            if (change.Reminder is not { } reminder || reminder.DueAt > _loadedUntil)
                return;

            _agenda.Set(reminder, reminder.DueAt);
            Arm();
        }
    }

    /// <summary>Reads anew: shards have come to this node.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            _nextLoad = DateTimeOffset.MinValue;
            _reloadAfterLoading = _isRunning;
            Arm();
        }
    }

    /// <summary>Forgets what belongs to shards that have left this node.</summary>
    public void Forget(Predicate<PersistenceId> belongs)
    {
        lock (_gate)
            _agenda.RemoveWhere(belongs);
    }

    /// <summary>Whether a firing still stands: neither replaced nor cleared since it was sent.</summary>
    public bool IsCurrent(PersistenceId id, ReminderFiring firing)
    {
        lock (_gate)
        {
            return _agenda.Find(new ReminderKey(id, firing.Name)) is { } current
                && current.Generation == firing.Generation && current.DueAt == firing.DueAt;
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    internal void Consumed(JournalReminder reminder)
    {
        lock (_gate)
            _agenda.RemoveExactly(reminder);
    }

    internal void Failed(JournalReminder reminder, Exception error)
    {
        lock (_gate)
        {
            _agenda.Postpone(reminder, _system.Time.GetUtcNow() + _options.RetryAfter);
            Arm();
        }

        _system.Emit(new KernelEvent.ReminderFailed(reminder.Id.ToString(), error));
    }

    private void Trigger()
    {
        lock (_gate)
        {
            if (_isRunning || !_isStarted)
                return;

            _isRunning = true;
        }

        _system.Dispatcher.Schedule(this);
    }

    private async Task RunAsync()
    {
        try
        {
            if (IsLoadDue())
                await LoadAsync();

            FireAll(TakeDue());
        }
        catch (Exception error)
        {
            _system.Emit(new KernelEvent.ReminderFailed(string.Empty, error));
        }
        finally
        {
            lock (_gate)
            {
                _isRunning = false;
                Arm();
            }
        }
    }

    private bool IsLoadDue()
    {
        lock (_gate)
            return _system.Time.GetUtcNow() >= _nextLoad;
    }

    private async Task LoadAsync()
    {
        var now = _system.Time.GetUtcNow();
        try
        {
            lock (_gate)
                _changedWhileLoading = [];

            var rows = await _system.Journal.ReadRemindersAsync(
                _system.Shards.Serving, now + _options.Window, _options.BatchSize, CancellationToken.None);
            Merge(rows, now);
        }
        catch (Exception error)
        {
            lock (_gate)
                _nextLoad = now + _options.RetryAfter;

            _system.Emit(new KernelEvent.ReminderFailed(string.Empty, error));
        }
        finally
        {
            lock (_gate)
                _changedWhileLoading = null;
        }
    }

    private void Merge(IReadOnlyList<JournalReminder> rows, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                // What changed during the read is known better than the read can tell.
                if (!_changedWhileLoading!.Contains(new ReminderKey(row.Id, row.Name)))
                    _agenda.SetIfNew(row);
            }

            _isPartial = rows.Count >= _options.BatchSize;
            _loadedUntil = _isPartial ? rows[^1].DueAt : now + _options.Window;
            _nextLoad = _reloadAfterLoading ? DateTimeOffset.MinValue : now + (_options.Window / 2);
            _reloadAfterLoading = false;
        }
    }

    private List<JournalReminder> TakeDue()
    {
        lock (_gate)
        {
            var now = _system.Time.GetUtcNow();
            if (now < _nextStep || !_isStarted)
                return [];

            var due = _agenda.TakeDue(now, _options.FiringsPerStep, now + _options.AckTimeout);
            if (due.Count == _options.FiringsPerStep)
                _nextStep = now + _options.Step;

            // A full read left more behind: go on once this part is sent, but not in a tight loop over what nobody consumes.
            if (_isPartial && !_agenda.HasUntaken && now + ReloadDelay < _nextLoad)
                _nextLoad = now + ReloadDelay;

            return due;
        }
    }

    private void FireAll(List<JournalReminder> due)
    {
        foreach (var reminder in due)
        {
            var late = _system.Time.GetUtcNow() - reminder.DueAt;
            var firing = new ReminderFiring(reminder.Name, reminder.Generation, reminder.Payload, reminder.DueAt,
                late > TimeSpan.Zero ? late : TimeSpan.Zero);
            var outcome = _system.RegionOf(reminder.Id.Kind)?.Fire(reminder.Id, firing, new FiringAck(this, reminder))
                ?? TellOutcome.Unavailable;
            if (outcome != TellOutcome.Accepted)
                Failed(reminder, Refusals.Of(outcome, reminder.Id.ToString(), _options.RetryAfter));
        }
    }

    private void Arm()
    {
        if (_isRunning || !_isStarted)
            return;

        var now = _system.Time.GetUtcNow();
        var next = _agenda.NextFiring is { } firing && firing < _nextLoad ? firing : _nextLoad;
        if (next < _nextStep)
            next = _nextStep;

        var wait = next - now;
        if (wait > LongestWait)
            wait = LongestWait;

        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}

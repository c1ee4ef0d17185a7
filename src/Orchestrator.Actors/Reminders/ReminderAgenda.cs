using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Reminders;

/// <summary>The current reminders by name, and by when to fire them next. Not safe for concurrent use.</summary>
/// <remarks>The queue may hold outdated places; one counts only if it is the entry's current place.</remarks>
internal sealed class ReminderAgenda
{
    private readonly Dictionary<ReminderKey, Entry> _entries = [];
    private readonly PriorityQueue<Entry, (DateTimeOffset At, long Place)> _queue = new();
    private long _places;

    /// <summary>When the next one is to fire; null when none is left.</summary>
    public DateTimeOffset? NextFiring
    {
        get
        {
            DropOutdated();
            return _queue.TryPeek(out _, out var key) ? key.At : null;
        }
    }

    /// <summary>Whether one is held that has not been taken yet.</summary>
    public bool HasUntaken => _entries.Values.Any(entry => !entry.IsTaken);

    public JournalReminder? Find(ReminderKey key) => _entries.TryGetValue(key, out var entry) ? entry.Reminder : null;

    public void Set(JournalReminder reminder, DateTimeOffset fireAt)
    {
        var entry = new Entry(reminder);
        _entries[KeyOf(reminder)] = entry;
        Enqueue(entry, fireAt);
    }

    /// <summary>Sets one that was read, unless this very one is known already and perhaps on its way.</summary>
    public void SetIfNew(JournalReminder reminder)
    {
        if (!IsCurrent(reminder))
            Set(reminder, reminder.DueAt);
    }

    public void Remove(ReminderKey key) => _entries.Remove(key);

    public void RemoveWhere(Predicate<PersistenceId> belongs)
    {
        foreach (var key in _entries.Keys.Where(key => belongs(key.Id)).ToList())
            _entries.Remove(key);
    }

    public void RemoveExactly(JournalReminder reminder)
    {
        if (IsCurrent(reminder))
            Remove(KeyOf(reminder));
    }

    public void Postpone(JournalReminder reminder, DateTimeOffset fireAt)
    {
        if (IsCurrent(reminder))
            Enqueue(_entries[KeyOf(reminder)], fireAt);
    }

    /// <summary>Takes those due, earliest first, and puts each down for another firing at <paramref name="again"/>.</summary>
    public List<JournalReminder> TakeDue(DateTimeOffset now, int limit, DateTimeOffset again)
    {
        var due = new List<JournalReminder>();
        while (due.Count < limit && NextFiring <= now)
        {
            var entry = _queue.Dequeue();
            due.Add(entry.Reminder);
            entry.IsTaken = true;
            Enqueue(entry, again);
        }

        return due;
    }

    private static ReminderKey KeyOf(JournalReminder reminder) => new(reminder.Id, reminder.Name);

    private bool IsCurrent(JournalReminder reminder) =>
        Find(KeyOf(reminder)) is { } current && current.Generation == reminder.Generation && current.DueAt == reminder.DueAt;

    private void Enqueue(Entry entry, DateTimeOffset at)
    {
        entry.Place = ++_places;
        _queue.Enqueue(entry, (at, entry.Place));
    }

    private void DropOutdated()
    {
        while (_queue.TryPeek(out var entry, out var key)
            && (entry.Place != key.Place || !_entries.TryGetValue(KeyOf(entry.Reminder), out var current) || current != entry))
            _queue.Dequeue();
    }

    private sealed class Entry(JournalReminder reminder)
    {
        public JournalReminder Reminder { get; } = reminder;

        public long Place { get; set; }

        public bool IsTaken { get; set; }
    }
}

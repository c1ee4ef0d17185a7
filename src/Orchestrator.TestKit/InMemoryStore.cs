using Orchestrator.Actors.Persistence;

namespace Orchestrator.TestKit;

/// <summary>What an <see cref="InMemoryJournal"/> holds; outlives the handle, as a disk outlives a process. Not safe for concurrent use.</summary>
internal sealed class InMemoryStore(int shardCount)
{
    private readonly Dictionary<PersistenceId, List<JournalEvent>> _entities = [];
    private readonly Dictionary<PersistenceId, List<JournalSnapshot>> _snapshots = [];
    private readonly SortedDictionary<(int Kind, string Id, string Name), (int Shard, JournalReminder Reminder)> _reminders =
        new(Comparer<(int Kind, string Id, string Name)>.Create(static (a, b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind)
            : string.CompareOrdinal(a.Id, b.Id) is var byId and not 0 ? byId : string.CompareOrdinal(a.Name, b.Name)));

    /// <summary>Nodes and owners, for those who run a cluster over the store.</summary>
    public InMemoryMembership Membership { get; } = new(shardCount);

    public InMemoryMessages Messages { get; } = new();

    /// <summary>Sees every event as it is stored.</summary>
    public Action<int, JournalEvent>? OnStored { get; set; }

    /// <summary>Stores whatever comes, under whatever epoch and number: the store of a broken provider.</summary>
    public bool IsUnfenced { get; set; }

    public long[] Epochs { get; } = new long[shardCount];

    public List<JournalEvent>[] Shards { get; } = [.. Enumerable.Range(0, shardCount).Select(_ => new List<JournalEvent>())];

    public IEnumerable<JournalReminder> Reminders => _reminders.Values.Select(entry => entry.Reminder);

    public ShardGrant Grant(int shardId) => new(shardId, Epochs[shardId], Shards[shardId].Count);

    public AppendOutcome Append(ShardAppend append)
    {
        if (!IsUnfenced && Grant(append.ShardId) != new ShardGrant(append.ShardId, append.Epoch, append.ExpectedHead))
            return AppendOutcome.Fenced;

        foreach (var stored in append.Events.Where(_ => !IsUnfenced))
            Check(stored, append);

        if (append.Outbox.FirstOrDefault(message => !append.Events.Any(message.IsSentBy)) is { } stray)
            throw new JournalException("ORC4004", $"Message {stray.Key} has no cause in its append.", false, false);

        foreach (var stored in append.Events)
            Add(append.ShardId, stored);

        foreach (var change in append.Reminders)
            Apply(append.ShardId, change);

        Messages.Add(append);
        return AppendOutcome.Stored;
    }

    public List<JournalEvent> Entity(PersistenceId id) => _entities.GetValueOrDefault(id) ?? [];

    public IEnumerable<PersistenceId> Ids => _entities.Keys;

    public IEnumerable<JournalReminder> RemindersOf(IReadOnlyList<int> shards) =>
        _reminders.Values.Where(entry => shards.Contains(entry.Shard)).Select(entry => entry.Reminder).OrderBy(reminder => reminder.DueAt);

    public List<JournalSnapshot> Snapshots(PersistenceId id)
    {
        if (!_snapshots.TryGetValue(id, out var list))
            _snapshots.Add(id, list = []);

        return list;
    }

    /// <summary>A kernel that gets these wrong must not go unnoticed.</summary>
    private void Check(JournalEvent stored, ShardAppend append)
    {
        var history = Entity(stored.Id);
        var earlier = append.Events.Where(other => other.Id == stored.Id && other.SequenceNr < stored.SequenceNr).ToList();
        var previous = earlier.Count > 0 ? earlier[^1] : history.Count > 0 ? history[^1] : null;
        if (stored.SequenceNr != (previous?.SequenceNr ?? 0) + 1)
            throw new JournalException("ORC4002", $"Event {stored.SequenceNr} of {stored.Id} is out of sequence.", false, false);

        if (stored.Epoch != append.Epoch || !HashChain.Follows(previous?.Hash ?? HashChain.Genesis(stored.Id), stored))
            throw new JournalException("ORC4003", $"Event {stored.SequenceNr} of {stored.Id} breaks the hash chain.", false, false);
    }

    private void Add(int shardId, JournalEvent stored)
    {
        var placed = stored with { Position = Shards[shardId].Count + 1 };
        Shards[shardId].Add(placed);
        if (!_entities.TryGetValue(stored.Id, out var history))
            _entities.Add(stored.Id, history = []);

        history.Add(placed);
        OnStored?.Invoke(shardId, placed);
    }

    private void Apply(int shardId, ReminderChange change)
    {
        var key = (change.Id.Kind, change.Id.Name, change.Name);
        if (change.Reminder is { } reminder)
            _reminders[key] = (shardId, reminder);
        else
            _reminders.Remove(key);
    }
}

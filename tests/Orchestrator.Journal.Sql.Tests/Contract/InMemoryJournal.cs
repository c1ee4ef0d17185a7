using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>A small journal in memory: the model for the real ones, and the carrier of planted defects.</summary>
public sealed partial class InMemoryJournal(InMemoryJournal.Store store, Defect defect = Defect.None) : IJournal
{
    private readonly Lock _lock = new();

    /// <summary>What survives reopening.</summary>
    public sealed class Store(int shardCount)
    {
        public (long Epoch, List<JournalEvent> Events)[] Shards { get; } =
            [.. Enumerable.Range(0, shardCount).Select(static _ => (0L, new List<JournalEvent>()))];

        public List<(int Shard, JournalReminder Reminder)> Reminders { get; set; } = [];

        public List<JournalSnapshot> Snapshots { get; } = [];

        public List<OutboxEntry> Outbox { get; } = [];

        public List<InboxMark> Inbox { get; } = [];
    }

    public int ShardCount => store.Shards.Length;

    public ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation)
    {
        lock (_lock)
        {
            foreach (var shard in shards)
            {
                CheckShard(shard);
            }

            return Return<IReadOnlyList<ShardGrant>>([.. shards.Select(shard =>
            {
                store.Shards[shard].Epoch += Has(Defect.DoesNotRaiseTheEpoch) ? 0 : 1;
                return Head(shard);
            })]);
        }
    }

    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        if (!Has(Defect.IgnoresCancellation))
        {
            cancellation.ThrowIfCancellationRequested();
        }

        foreach (var append in appends)
        {
            CheckShard(append.ShardId);
            CheckNames(append);
            CheckCauses(append);
        }

        await Task.Yield();
        lock (_lock)
        {
            AppendOutcome[] outcomes = [.. appends.Select(Judge)];
            if (Has(Defect.FencesTheWholeCall) && outcomes.Contains(AppendOutcome.Fenced))
            {
                return [.. outcomes.Select(static _ => AppendOutcome.Fenced)];
            }

            AppendAll(appends, outcomes);
            return Has(Defect.OutcomesSorted) ? [.. outcomes.Order()] : outcomes;
        }
    }

    public ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Limited(store.Shards.SelectMany(static s => s.Events)
                .Where(e => IsSame(e.Id, id) && e.SequenceNr >= fromSequence).OrderBy(static e => e.SequenceNr), limit);
        }
    }

    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(
        int shardId, long afterPosition, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            CheckShard(shardId);
            var events = store.Shards[shardId].Events.Where(e => e.Position > afterPosition);
            var shown = Has(Defect.ShowsHalfAppends) ? events.SkipLast(1) : events;
            return Limited(Has(Defect.ReadsNewestFirst) ? shown.Reverse() : shown, limit);
        }
    }

    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Return<IReadOnlyList<PersistenceId>>([.. store.Shards.SelectMany(static s => s.Events).Select(static e => e.Id)
                .Distinct().Where(id => kind is null || id.Kind == kind)
                .OrderBy(static id => id.Kind).ThenBy(static id => id.Name, StringComparer.Ordinal)]);
        }
    }

    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Return(store.Snapshots.Where(s => s.Id == id)
                .Where(s => s.SequenceNr <= maxSequence || Has(Defect.LoadsTheNewestSnapshotAlways)).MaxBy(static s => s.SequenceNr));
        }
    }

    public ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation)
    {
        lock (_lock)
        {
            store.Snapshots.RemoveAll(s => s.Id == snapshot.Id && s.SequenceNr == snapshot.SequenceNr);
            store.Snapshots.Add(snapshot);
            var kept = Has(Defect.KeepsOneSnapshot) ? 1 : Has(Defect.KeepsAllSnapshots) ? int.MaxValue : 2;
            var old = store.Snapshots.Where(s => s.Id == snapshot.Id).OrderByDescending(static s => s.SequenceNr).Skip(kept).ToArray();
            store.Snapshots.RemoveAll(old.Contains);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var due = store.Reminders
                .Where(r => r.Reminder.DueAt <= dueBefore && (Has(Defect.ReadsRemindersOfAllShards) || shards.Contains(r.Shard)))
                .Select(static r => r.Reminder);
            return Limited(Has(Defect.OrdersRemindersByName)
                ? due.OrderByDescending(static r => r.Name, StringComparer.Ordinal)
                : due.OrderBy(static r => r.DueAt).ThenBy(static r => r.Id.Kind).ThenBy(static r => r.Id.Name, StringComparer.Ordinal)
                    .ThenBy(static r => r.Name, StringComparer.Ordinal), limit);
        }
    }

    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation)
    {
        lock (_lock)
        {
            CheckShard(shardId);
            return Return(Head(shardId));
        }
    }

    public ValueTask DisposeAsync()
    {
        for (var i = 0; i < ShardCount; i++)
        {
            var (epoch, events) = store.Shards[i];
            if (Has(Defect.ForgetsMessagesWhenReopened))
            {
                store.Outbox.Clear();
            }

            store.Shards[i] = (Has(Defect.ForgetsTheEpochWhenReopened) ? 0 : epoch, Has(Defect.ForgetsWhenReopened) ? [] : events);
        }

        return ValueTask.CompletedTask;
    }
}

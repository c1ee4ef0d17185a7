using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public sealed partial class InMemoryJournal
{
    private AppendOutcome Judge(ShardAppend append)
    {
        var head = Head(append.ShardId);
        var owns = head.Epoch == append.Epoch || Has(Defect.IgnoresTheEpoch);
        return owns && (head.Head == append.ExpectedHead || Has(Defect.IgnoresTheHead)) ? AppendOutcome.Stored : AppendOutcome.Fenced;
    }

    private void AppendAll(IReadOnlyList<ShardAppend> appends, AppendOutcome[] outcomes)
    {
        var stored = appends.Where((_, i) => outcomes[i] == AppendOutcome.Stored).ToArray();
        if (!Has(Defect.StoresHalfOfARefusedCall))
        {
            foreach (var append in stored)
            {
                CheckSequences(append);
            }
        }

        foreach (var append in stored)
        {
            CheckSequences(append);
            Add(append);
        }

        foreach (var append in Has(Defect.AppliesRemindersOfAFencedShard) ? appends : stored)
        {
            Apply(append);
        }

        foreach (var append in Has(Defect.StoresMessagesOfAFencedShard) ? appends : stored)
        {
            Send(append);
        }

        foreach (var append in Has(Defect.MarksOfAFencedShard) ? appends : stored)
        {
            Mark(append);
        }
    }

    private void CheckSequences(ShardAppend append)
    {
        var tips = new Dictionary<PersistenceId, long>();
        foreach (var next in append.Events)
        {
            var tip = tips.TryGetValue(next.Id, out var known) ? known : LastSequence(next.Id);
            tips[next.Id] = next.SequenceNr;
            if (next.SequenceNr != tip + 1 && !Has(Defect.AcceptsSequenceGaps))
            {
                throw new JournalException("ORC4008", "The history is broken.", isTransient: false, outcomeUnknown: false);
            }
        }
    }

    private long LastSequence(PersistenceId id) =>
        store.Shards.SelectMany(static s => s.Events).Where(e => e.Id == id).Select(static e => e.SequenceNr).DefaultIfEmpty().Max();

    private void Add(ShardAppend append)
    {
        var events = store.Shards[append.ShardId].Events;
        foreach (var next in append.Events)
        {
            var position = Has(Defect.NumbersPositionsAcrossShards) ? store.Shards.Sum(static s => s.Events.Count) + 1 : events.Count + 1;
            events.Add(next with
            {
                Position = Has(Defect.SkipsAPosition) && position > 2 ? position + 1 : position,
                Payload = Has(Defect.EmptyBecomesNull) && next.Payload is [] ? null : next.Payload,
            });
        }
    }

    private void Apply(ShardAppend append)
    {
        foreach (var change in append.Reminders)
        {
            var keeps = change.Reminder is null ? Has(Defect.KeepsClearedReminders) : Has(Defect.KeepsReplacedReminders);
            if (!keeps)
            {
                store.Reminders.RemoveAll(r => r.Reminder.Id == change.Id && r.Reminder.Name == change.Name);
            }

            if (change.Reminder is { } reminder)
            {
                store.Reminders.Add((append.ShardId, reminder));
            }
        }
    }

    private ShardGrant Head(int shard) => new(shard, store.Shards[shard].Epoch, store.Shards[shard].Events.Count);

    private bool Has(Defect other) => defect == other;

    private bool IsSame(PersistenceId a, PersistenceId b) =>
        a == b || (Has(Defect.MixesUpCase) && a.Kind == b.Kind && a.Name.Equals(b.Name, StringComparison.OrdinalIgnoreCase));

    private void CheckShard(int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardCount);
    }

    private void CheckNames(ShardAppend append)
    {
        if (!Has(Defect.AcceptsAnyName) && append.Events.Any(static e => e.Id.Name.Length is < 1 or > 200))
        {
            throw new ArgumentException("A name has 1 to 200 characters.", nameof(append));
        }
    }

    private ValueTask<IReadOnlyList<T>> Limited<T>(IEnumerable<T> rows, int limit)
    {
        if (Has(Defect.IgnoresTheLimit))
        {
            return Return<IReadOnlyList<T>>([.. rows]);
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return Return<IReadOnlyList<T>>([.. rows.Take(limit)]);
    }

    private static ValueTask<T> Return<T>(T value) => ValueTask.FromResult(value);
}

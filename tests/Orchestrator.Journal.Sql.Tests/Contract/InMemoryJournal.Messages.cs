using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public sealed partial class InMemoryJournal
{
    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var waiting = store.Outbox
                .Where(e => query.Shards.Contains(e.ShardId) || Has(Defect.ReadsMessagesOfAllShards))
                .Where(e => query.To is null || e.Message.To == query.To || Has(Defect.ReadsMessagesToAnyone))
                .Where(e => query.After is null || PlaceOf(e).CompareTo(PlaceOf(query.After)) > 0 || Has(Defect.IgnoresThePlaceToReadFrom));
            return Limited(Has(Defect.OrdersMessagesByReceiver)
                ? waiting.OrderBy(static e => e.Message.To.Name, StringComparer.Ordinal).ThenBy(PlaceOf)
                : waiting.OrderBy(PlaceOf), query.Limit);
        }
    }

    public ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation)
    {
        lock (_lock)
        {
            store.Outbox.RemoveAll(e => !Has(Defect.KeepsDeliveredMessages) && delivered.Any(key => key == e.Message.Key
                || (Has(Defect.RemovesAllMessagesOfAnEvent) && key.From == e.Message.From && key.SequenceNr == e.Message.SequenceNr)));
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Return<IReadOnlyList<InboxMark>>([.. store.Inbox.Where(mark => mark.To == to)]);
        }
    }

    private void Send(ShardAppend append)
    {
        foreach (var message in append.Outbox)
        {
            var index = append.Events.ToList().FindIndex(message.IsSentBy);
            store.Outbox.Add(new OutboxEntry(append.ShardId, append.ExpectedHead + 1 + index, message));
        }
    }

    private void Mark(ShardAppend append)
    {
        foreach (var mark in Has(Defect.DropsMarksWithoutEvents) && append.Events.Count == 0 ? [] : append.Inbox)
        {
            var known = store.Inbox.Find(other => other.To == mark.To && (other.From == mark.From || Has(Defect.MixesUpTheSendersOfMarks)));
            if (known is null || Has(Defect.MovesMarksBack)
                || (mark.SequenceNr, mark.Ordinal).CompareTo((known.SequenceNr, known.Ordinal)) > 0)
            {
                store.Inbox.RemoveAll(other => ReferenceEquals(other, known));
                store.Inbox.Add(mark);
            }
        }
    }

    private void CheckCauses(ShardAppend append)
    {
        if (!Has(Defect.AcceptsMessagesWithoutACause) && append.Outbox.Any(message => !append.Events.Any(message.IsSentBy)))
        {
            throw new ArgumentException("A message needs its event in the same append.", nameof(append));
        }
    }

    private static (int, long, short) PlaceOf(OutboxEntry entry) => (entry.ShardId, entry.Position, entry.Message.Ordinal);
}

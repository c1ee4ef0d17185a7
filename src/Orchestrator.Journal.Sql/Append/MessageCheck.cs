using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Append;

/// <summary>Refuses messages and marks the store could not keep exactly, whatever the database behind.</summary>
internal static class MessageCheck
{
    /// <summary>Checks what an append sends and has handled.</summary>
    public static void Check(ShardAppend append)
    {
        if (append.Outbox.Count > 0)
        {
            CheckOutbox(append);
        }

        foreach (var mark in append.Inbox)
        {
            AppendCheck.CheckId(mark.To);
            AppendCheck.CheckId(mark.From);
            CheckNumber(mark.SequenceNr, mark.Ordinal, mark.From);
        }
    }

    /// <summary>Refuses a query the store cannot answer.</summary>
    public static void CheckQuery(OutboxQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(query.Shards);
        AppendCheck.CheckLimit(query.Limit);
        if (query.To is { } to)
        {
            AppendCheck.CheckId(to);
        }
    }

    private static void CheckOutbox(ShardAppend append)
    {
        var causes = append.Events.Select(static stored => (stored.Id, stored.SequenceNr)).ToHashSet();
        var keys = new HashSet<OutboxKey>();
        foreach (var message in append.Outbox)
        {
            AppendCheck.CheckId(message.To);
            CheckNumber(message.SequenceNr, message.Ordinal, message.From);
            AppendCheck.CheckLength(message.Payload, JournalLimits.MaxMessageBytes, "message", message.From);
            if (!causes.Contains((message.From, message.SequenceNr)))
            {
                throw new ArgumentException(
                    $"The message of {message.From} to {message.To} names event {message.SequenceNr} as its cause, which is not in its append.");
            }

            if (!keys.Add(message.Key))
            {
                throw new ArgumentException($"Event {message.SequenceNr} of {message.From} sends message {message.Ordinal} twice.");
            }
        }
    }

    private static void CheckNumber(long sequenceNr, short ordinal, PersistenceId from)
    {
        if (sequenceNr < 1 || ordinal < 0)
        {
            throw new ArgumentException($"Message {sequenceNr}.{ordinal} of {from} cannot be: events count from 1, messages from 0.");
        }
    }
}

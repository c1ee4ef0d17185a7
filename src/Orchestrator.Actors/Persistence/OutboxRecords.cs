namespace Orchestrator.Actors.Persistence;

/// <summary>A message from one entity to another, stored in the same append as the event that sends it.</summary>
/// <param name="From">The sender.</param>
/// <param name="SequenceNr">The sender's last event of the effect that sends.</param>
/// <param name="Ordinal">Counts the messages of that effect, from 0.</param>
/// <param name="To">The receiver; its kind may be unknown to this node.</param>
/// <param name="Payload">What is sent; sender and receiver agree on the meaning.</param>
public sealed record OutboxMessage(PersistenceId From, long SequenceNr, short Ordinal, PersistenceId To, byte[] Payload)
{
    /// <summary>What names this message.</summary>
    public OutboxKey Key => new(From, SequenceNr, Ordinal);

    /// <summary>Whether it names this event as its cause.</summary>
    public bool IsSentBy(JournalEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return stored.SequenceNr == SequenceNr && stored.Id == From;
    }
}

/// <summary>Names one message for ever: a sender's messages are in the order of (<paramref name="SequenceNr"/>, <paramref name="Ordinal"/>).</summary>
/// <param name="From">The sender.</param>
/// <param name="SequenceNr">As <see cref="OutboxMessage.SequenceNr"/>.</param>
/// <param name="Ordinal">As <see cref="OutboxMessage.Ordinal"/>.</param>
public readonly record struct OutboxKey(PersistenceId From, long SequenceNr, short Ordinal);

/// <summary>The newest message of one sender that one receiver has handled; all earlier ones have been handled too.</summary>
/// <param name="To">The receiver.</param>
/// <param name="From">The sender.</param>
/// <param name="SequenceNr">As <see cref="OutboxMessage.SequenceNr"/>.</param>
/// <param name="Ordinal">As <see cref="OutboxMessage.Ordinal"/>.</param>
public sealed record InboxMark(PersistenceId To, PersistenceId From, long SequenceNr, short Ordinal);

/// <summary>A stored message with its place: messages are read in the order of (shard, position, ordinal).</summary>
/// <param name="ShardId">The sender's shard.</param>
/// <param name="Position">The position of the sender's event.</param>
/// <param name="Message">The message.</param>
public sealed record OutboxEntry(int ShardId, long Position, OutboxMessage Message);

/// <summary>Which stored messages to read.</summary>
/// <param name="Shards">Of senders in these shards.</param>
/// <param name="Limit">At most so many, at least 1.</param>
public sealed record OutboxQuery(IReadOnlyList<int> Shards, int Limit)
{
    /// <summary>Only those to this receiver; null for all.</summary>
    public PersistenceId? To { get; init; }

    /// <summary>Only those behind this one, as an earlier read returned it; null from the start. It need not be stored any more.</summary>
    public OutboxEntry? After { get; init; }
}

using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>Where a message stands among those of its sender.</summary>
/// <param name="SequenceNr">As <see cref="OutboxMessage.SequenceNr"/>; 0 stands before all messages.</param>
/// <param name="Ordinal">As <see cref="OutboxMessage.Ordinal"/>.</param>
public readonly record struct MessageNumber(long SequenceNr, short Ordinal) : IComparable<MessageNumber>
{
    /// <inheritdoc />
    public int CompareTo(MessageNumber other) => (SequenceNr, Ordinal).CompareTo((other.SequenceNr, other.Ordinal));

    /// <summary>Whether the left message was sent before the right one.</summary>
    public static bool operator <(MessageNumber left, MessageNumber right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left message was sent after the right one.</summary>
    public static bool operator >(MessageNumber left, MessageNumber right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left message is the right one or was sent before it.</summary>
    public static bool operator <=(MessageNumber left, MessageNumber right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left message is the right one or was sent after it.</summary>
    public static bool operator >=(MessageNumber left, MessageNumber right) => left.CompareTo(right) >= 0;

    internal static MessageNumber Of(OutboxMessage message) => new(message.SequenceNr, message.Ordinal);
}

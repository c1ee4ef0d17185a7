using System.Buffers.Binary;
using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Messages;

/// <summary>Messages between entities on their way between nodes.</summary>
/// <remarks>
/// <c>1 ‖ seq ‖ ordinal ‖ seq after ‖ ordinal after ‖ sender's kind ‖ length of its name ‖ name ‖ payload</c>, big-endian, name in UTF-8.
/// </remarks>
internal static class RoutedDelivery
{
    private const int FixedLength = 29;

    public static RoutedMessage Pack(int kind, string name, int shardId, OutboxDelivery delivery, ReplyTarget? ack) =>
        new(kind, name, shardId, Encode(delivery), ack is null ? null : new Answer(ack)) { Deadline = ack?.Deadline };

    /// <summary>Who waits for the acknowledgement on the other node.</summary>
    public static ReplyTarget? AckOf(RoutedMessage message) => message.ReplyTo is { } waiting ? new Ack(waiting, message.Deadline) : null;

    public static byte[] Encode(OutboxDelivery delivery)
    {
        var name = Encoding.UTF8.GetBytes(delivery.From.Name);
        var body = new byte[FixedLength + name.Length + delivery.Payload.Length];
        body[0] = RoutedBody.Delivery;
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(1), delivery.Number.SequenceNr);
        BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(9), delivery.Number.Ordinal);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(11), delivery.After.SequenceNr);
        BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(19), delivery.After.Ordinal);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(21), delivery.From.Kind);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(25), name.Length);
        name.CopyTo(body, FixedLength);
        delivery.Payload.CopyTo(body, FixedLength + name.Length);
        return body;
    }

    /// <exception cref="FormatException">The bytes are no message.</exception>
    public static OutboxDelivery Decode(ReadOnlyMemory<byte> encoded)
    {
        var body = encoded.Span;
        var length = body.Length >= FixedLength ? BinaryPrimitives.ReadInt32BigEndian(body[25..]) : -1;
        if (length < 1 || length > body.Length - FixedLength)
            throw new FormatException($"A message from another node has {body.Length} bytes and a sender's name of {length}. Bring the nodes to one version.");

        var from = new PersistenceId(
            BinaryPrimitives.ReadInt32BigEndian(body[21..]), Encoding.UTF8.GetString(body.Slice(FixedLength, length)));
        return new OutboxDelivery(from, Number(body[1..]), Number(body[11..]), body[(FixedLength + length)..].ToArray());
    }

    private static MessageNumber Number(ReadOnlySpan<byte> at) =>
        new(BinaryPrimitives.ReadInt64BigEndian(at), BinaryPrimitives.ReadInt16BigEndian(at[8..]));

    private sealed class Answer(ReplyTarget ack) : IRoutedReply
    {
        public void Reply(ReadOnlyMemory<byte> body) => ack.TryReply(null);

        public void Fail(AskException error) => ack.TryFail(error);
    }

    private sealed class Ack(IRoutedReply waiting, DateTimeOffset? deadline) : ReplyTarget
    {
        private int _settled;

        internal override DateTimeOffset? Deadline => deadline;

        public override bool TryReply(object? reply)
        {
            if (Interlocked.Exchange(ref _settled, 1) != 0)
                return false;

            waiting.Reply(ReadOnlyMemory<byte>.Empty);
            return true;
        }

        public override bool TryFail(AskException error)
        {
            if (Interlocked.Exchange(ref _settled, 1) != 0)
                return false;

            waiting.Fail(error);
            return true;
        }
    }
}

using System.Buffers;
using System.Collections.Immutable;
using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Bus;

/// <summary>Frames as MessagePack: [kind, fields], see <see cref="IMessagePackContract{TSelf}"/> for the rules of evolution.</summary>
/// <remarks>On a stream each is preceded by its length, four bytes, big-endian (<see cref="FrameAssembler"/>).</remarks>
public static class BusFrameCodec
{
    private const int RequestKind = 1;
    private const int TellKind = 2;
    private const int ReplyKind = 3;
    private const int CreditKind = 4;
    private const int PingKind = 5;
    private const int PongKind = 6;
    private const int GoodbyeKind = 7;

    /// <summary>Writes a frame.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="frame">The frame.</param>
    public static void Write(IBufferWriter<byte> output, BusFrame frame)
    {
        var writer = new MessagePackWriter(output);
        switch (frame)
        {
            case BusFrame.Request request: WriteMessage(ref writer, RequestKind, request.Id, request.Remaining, request.Message); break;
            case BusFrame.Tell tell: WriteMessage(ref writer, TellKind, tell.Id, tell.Remaining, tell.Message); break;
            case BusFrame.Reply reply: WriteReply(ref writer, reply); break;
            case BusFrame.Credit credit: WriteCredit(ref writer, credit); break;
            case BusFrame.Ping ping: WriteNumber(ref writer, PingKind, ping.Number); break;
            case BusFrame.Pong pong: WriteNumber(ref writer, PongKind, pong.Number); break;
            case BusFrame.Goodbye goodbye: WriteGoodbye(ref writer, goodbye); break;
            default: throw new ArgumentNullException(nameof(frame));
        }

        writer.EnsureComplete();
    }

    /// <summary>Reads a frame that nobody vouches for.</summary>
    /// <param name="data">Exactly one frame, without its length.</param>
    /// <exception cref="MessagePackException">It is no frame of this version.</exception>
    public static BusFrame Read(ReadOnlySpan<byte> data)
    {
        var reader = new MessagePackReader(data);
        var kind = reader.BeginUnion();
        BusFrame frame = kind switch
        {
            RequestKind or TellKind => ReadMessage(ref reader, kind),
            ReplyKind => ReadReply(ref reader),
            CreditKind => ReadCredit(ref reader),
            PingKind => new BusFrame.Ping(ReadNumber(ref reader)),
            PongKind => new BusFrame.Pong(ReadNumber(ref reader)),
            GoodbyeKind => ReadGoodbye(ref reader),
            _ => throw reader.Invalid($"{kind} is no kind of frame"),
        };
        reader.EndContract();
        reader.EnsureEnd();
        return frame;
    }

    private static void WriteMessage(ref MessagePackWriter writer, int kind, ulong id, TimeSpan remaining, BusMessage message)
    {
        writer.BeginUnion(kind);
        writer.BeginContract(9);
        writer.Write(id);
        writer.Write(BusOutcomeCodec.ToMilliseconds(remaining));
        writer.Write(message.Shard);
        writer.Write(message.EpochKnown);
        writer.Write(message.EntityKind);
        writer.Write(message.EntityName);
        writer.WriteNullable(message.TraceParent);
        writer.Write(message.HopCount);
        writer.WriteBinary(message.Body.Span);
        writer.EndContract();
        writer.EndContract();
    }

    private static BusFrame ReadMessage(ref MessagePackReader reader, int kind)
    {
        reader.BeginContract();
        var id = reader.ReadUInt64();
        var remaining = BusOutcomeCodec.ReadMilliseconds(ref reader);
        var (shard, epoch, entityKind, name) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadString());
        var (trace, hops, body) = (reader.ReadNullableString(), reader.ReadByte(), reader.ReadBinary());
        reader.EndContract();
        var message = new BusMessage(shard, epoch, entityKind, name, body, trace, hops);
        if (message.Problem is { } problem) throw reader.Invalid(problem);
        return kind == RequestKind ? new BusFrame.Request(id, remaining, message) : new BusFrame.Tell(id, remaining, message);
    }

    private static void WriteReply(ref MessagePackWriter writer, BusFrame.Reply reply)
    {
        writer.BeginUnion(ReplyKind);
        writer.BeginContract(2);
        writer.Write(reply.Id);
        BusOutcomeCodec.Write(ref writer, reply.Outcome);
        writer.EndContract();
        writer.EndContract();
    }

    private static BusFrame.Reply ReadReply(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var reply = new BusFrame.Reply(reader.ReadUInt64(), BusOutcomeCodec.Read(ref reader));
        reader.EndContract();
        return reply;
    }

    private static void WriteCredit(ref MessagePackWriter writer, BusFrame.Credit credit)
    {
        writer.BeginUnion(CreditKind);
        writer.BeginContract(1);
        writer.WriteArrayHeader(credit.Ids.Length);
        foreach (var id in credit.Ids) writer.Write(id);
        writer.EndContract();
        writer.EndContract();
    }

    private static BusFrame.Credit ReadCredit(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var count = reader.ReadArrayHeader();
        if (count > BusFrame.MaxCreditIds) throw reader.Invalid($"{count} identifiers are more than {BusFrame.MaxCreditIds}");
        var ids = new ulong[count];
        for (var index = 0; index < count; index++) ids[index] = reader.ReadUInt64();
        reader.EndContract();
        return new BusFrame.Credit(ImmutableArray.Create(ids));
    }

    private static void WriteNumber(ref MessagePackWriter writer, int kind, ulong number)
    {
        writer.BeginUnion(kind);
        writer.BeginContract(1);
        writer.Write(number);
        writer.EndContract();
        writer.EndContract();
    }

    private static ulong ReadNumber(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var number = reader.ReadUInt64();
        reader.EndContract();
        return number;
    }

    private static void WriteGoodbye(ref MessagePackWriter writer, BusFrame.Goodbye goodbye)
    {
        writer.BeginUnion(GoodbyeKind);
        writer.BeginContract(2);
        writer.Write(BusText.Sendable(goodbye.Code));
        writer.Write(BusText.Sendable(goodbye.Reason));
        writer.EndContract();
        writer.EndContract();
    }

    private static BusFrame.Goodbye ReadGoodbye(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var goodbye = new BusFrame.Goodbye(reader.ReadString(), reader.ReadString());
        reader.EndContract();
        return goodbye;
    }
}

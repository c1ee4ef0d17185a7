using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Chaos;

/// <summary>The entity under test: keeps what it was told, in order, and answers how much that is.</summary>
internal sealed class Counter : PersistentActor<long, string, string>
{
    public const int Kind = 9;

    public static EntityDefinition<long, string, string> Definition { get; } = new()
    {
        Kind = Kind,
        KindName = "counter",
        Create = _ => new Counter(),
        Events = new OperationEvents(),
        Messages = new OperationMessages(),
        PassivateAfter = TimeSpan.FromSeconds(30),
    };

    protected override long InitialState(PersistenceId id) => 0;

    protected override long Apply(long state, string @event) => state + 1;

    protected override Effect<long, string> OnCommand(long state, string command, EntityContext<string> context) =>
        Persist(command).ReplyWith(after => after);

    private sealed class OperationEvents : IEventCodec<string>
    {
        public EncodedEvent Encode(string @event) => new(1, 1, Encoding.UTF8.GetBytes(@event));

        public string Decode(int typeId, short typeVersion, byte[]? payload) => typeId == 1
            ? Encoding.UTF8.GetString(payload!)
            : throw new UnknownEventException(typeId, typeVersion);
    }

    private sealed class OperationMessages : IMessageCodec<string>
    {
        public byte[] Encode(string command) => Encoding.UTF8.GetBytes(command);

        public string Decode(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);

        public byte[] EncodeReply(object? reply) => BitConverter.GetBytes((long)reply!);

        public object? DecodeReply(ReadOnlyMemory<byte> body) => BitConverter.ToInt64(body.Span);
    }
}

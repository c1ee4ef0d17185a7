using Orchestrator.Actors.Sharding;
using Orchestrator.Control.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Codecs;

/// <summary>Commands to machines and their answers as they cross nodes. Safe for use by several threads.</summary>
/// <remarks>
/// A command is a number, a version and its fields in order. Nodes of two versions talk to each other during an upgrade, so the rules
/// are those of events: a field is only ever added behind the others, any other change takes a new number.
/// </remarks>
public sealed class MachineMessageCodec : IMessageCodec<Command>
{
    private static readonly MessageTable<Command> Commands = new([.. OperatorFormats.All, .. ReportFormats.All]);
    private static readonly MessageTable<MachineReply> Replies = new(ReplyFormats.All);

    /// <summary>Number and name of every command and every answer, such as <c>120 command.fail-over.v1</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Commands.Formats.Select(format => $"{format.Number} {format.Name}"),
        .. Replies.Formats.Select(format => $"{format.Number} {format.Name}"),
    ];

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The command has no format, or holds an enum value that is not defined.</exception>
    public byte[] Encode(Command command) => Commands.Encode(command);

    /// <inheritdoc />
    public Command Decode(ReadOnlyMemory<byte> body) => Commands.Decode(body.Span);

    /// <inheritdoc />
    /// <exception cref="ArgumentException">It is no <see cref="MachineReply"/>.</exception>
    public byte[] EncodeReply(object? reply) => reply is MachineReply answer
        ? Replies.Encode(answer)
        : throw new ArgumentException($"A machine answers with a {nameof(MachineReply)}, not with {reply?.GetType().Name ?? "nothing"}.", nameof(reply));

    /// <inheritdoc />
    public object DecodeReply(ReadOnlyMemory<byte> body) => Replies.Decode(body.Span);
}

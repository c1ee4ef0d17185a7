using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Machines;

/// <summary>Who and why, stored beside each event and covered by its hash: [command, caller, operation].</summary>
public static class EventMeta
{
    /// <summary>The names of the fields, in order.</summary>
    public static IReadOnlyList<string> FieldNames { get; } = ["command", "caller", "operation"];

    internal static byte[] Of(ProtectedMachine.Command command) => MessagePackSerializer.Serialize(command, Write);

    private static void Write(ref MessagePackWriter writer, ProtectedMachine.Command command)
    {
        var asked = command as ProtectedMachine.Command.Operator;
        writer.BeginContract(FieldNames.Count);
        writer.Write(command.GetType().Name);
        writer.WriteNullable(asked?.Caller);
        writer.WriteNullable(asked?.Operation.Value);
        writer.EndContract();
    }
}

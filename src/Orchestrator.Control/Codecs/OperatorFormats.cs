using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Codecs;

/// <summary>The requests of operators as they are sent between nodes; the numbers are never given to other commands.</summary>
internal static class OperatorFormats
{
    public static IReadOnlyList<RecordFormat<Command>> All { get; } =
    [
        new RecordFormat<Command, Command.Enable>(100, "command.enable", 9, WriteEnable, ReadEnable),
        Plain(101, "command.disable", static (operation, caller, at) => new Command.Disable(operation, caller, at)),
        new RecordFormat<Command, Command.StartTestFailover>(
            110, "command.start-test-failover", 4,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.WriteNullablePointId(c.Point);
                w.WriteCaller(c);
            },
            static (ref r) => new Command.StartTestFailover(r.ReadOperation(), r.ReadNullablePointId(), r.ReadString(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.CleanUpTest>(
            111, "command.clean-up-test", 4,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.Write(c.Notes);
                w.WriteCaller(c);
            },
            static (ref r) => new Command.CleanUpTest(r.ReadOperation(), r.ReadString(), r.ReadString(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.FailOver>(120, "command.fail-over", 5, WriteFailOver, ReadFailOver),
        new RecordFormat<Command, Command.ChangePoint>(
            121, "command.change-point", 4,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.WritePointId(c.Point);
                w.WriteCaller(c);
            },
            static (ref r) => new Command.ChangePoint(r.ReadOperation(), r.ReadPointId(), r.ReadString(), r.ReadDateTimeOffset())),
        Plain(122, "command.commit", static (operation, caller, at) => new Command.Commit(operation, caller, at)),
        Plain(123, "command.cancel", static (operation, caller, at) => new Command.Cancel(operation, caller, at)),
        Plain(124, "command.reverse-replicate", static (operation, caller, at) => new Command.ReverseReplicate(operation, caller, at)),
        Plain(130, "command.resume", static (operation, caller, at) => new Command.Resume(operation, caller, at)),
    ];

    /// <summary>A request that says nothing but what it is.</summary>
    private static RecordFormat<Command, T> Plain<T>(int number, string name, Func<OperationId, string, DateTimeOffset, T> make)
        where T : Command.Operator => new(
            number, name, 3,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.WriteCaller(c);
            },
            (ref r) => make(r.ReadOperation(), r.ReadString(), r.ReadDateTimeOffset()));

    private static void WriteCaller(this ref MessagePackWriter writer, Command.Operator command)
    {
        writer.Write(command.Caller);
        writer.Write(command.At);
    }

    private static void WriteEnable(ref MessagePackWriter writer, Command.Enable c)
    {
        writer.WriteOperation(c.Operation);
        writer.Write(c.Machine.Value);
        writer.WriteEnum(c.Scenario);
        writer.Write(c.Primary.Value);
        writer.Write(c.Recovery.Value);
        writer.WriteDisks(c.Disks);
        writer.Write(c.PointInterval);
        writer.WriteCaller(c);
    }

    private static Command.Enable ReadEnable(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadMachine(), reader.ReadEnum<ScenarioId>(), reader.ReadSite(), reader.ReadSite(),
            reader.ReadDisks(), reader.ReadTimeSpan(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteFailOver(ref MessagePackWriter writer, Command.FailOver c)
    {
        writer.WriteOperation(c.Operation);
        writer.WriteEnum(c.Kind);
        writer.WriteNullablePointId(c.Point);
        writer.WriteCaller(c);
    }

    private static Command.FailOver ReadFailOver(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadEnum<FailoverKind>(), reader.ReadNullablePointId(), reader.ReadString(), reader.ReadDateTimeOffset());
}

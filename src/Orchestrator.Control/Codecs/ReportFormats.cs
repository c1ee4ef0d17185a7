using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Codecs;

/// <summary>What nodes tell and ask machines, as it is sent between nodes; the numbers are never given to other commands.</summary>
internal static class ReportFormats
{
    public static IReadOnlyList<RecordFormat<Command>> All { get; } =
    [
        new RecordFormat<Command, Command.Look>(200, "command.look", 1, static (ref w, c) => w.Write(c.At), static (ref r) => new(r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.BeginStep>(
            210, "command.begin-step", 3,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.WriteEnum(c.Step);
                w.Write(c.At);
            },
            static (ref r) => new Command.BeginStep(r.ReadOperation(), r.ReadEnum<Step>(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.CompleteStep>(
            211, "command.complete-step", 4,
            static (ref w, c) =>
            {
                w.WriteOperation(c.Operation);
                w.WriteEnum(c.Step);
                w.Write(c.Detail);
                w.Write(c.At);
            },
            static (ref r) => new Command.CompleteStep(r.ReadOperation(), r.ReadEnum<Step>(), r.ReadString(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.FailStep>(212, "command.fail-step", 6, WriteFailStep, ReadFailStep),
        new RecordFormat<Command, Command.ReportInitialProgress>(
            220, "command.report-initial-progress", 4,
            static (ref w, c) =>
            {
                w.Write(c.Activation);
                w.Write(c.BytesDone);
                w.Write(c.BytesTotal);
                w.Write(c.At);
            },
            static (ref r) => new Command.ReportInitialProgress(r.ReadInt64(), r.ReadInt64(), r.ReadInt64(), r.ReadDateTimeOffset())),
        Plain(221, "command.complete-initial-replication", static (activation, at) => new Command.CompleteInitialReplication(activation, at)),
        new RecordFormat<Command, Command.RecordPoint>(
            222, "command.record-point", 3,
            static (ref w, c) =>
            {
                w.Write(c.Activation);
                w.WritePoint(c.Point);
                w.Write(c.At);
            },
            static (ref r) => new Command.RecordPoint(r.ReadInt64(), r.ReadPoint(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.ExpirePoints>(
            223, "command.expire-points", 2,
            static (ref w, c) =>
            {
                w.WritePointIds(c.Points);
                w.Write(c.At);
            },
            static (ref r) => new Command.ExpirePoints(r.ReadPointIds(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.ReportReplicationFailure>(
            230, "command.report-replication-failure", 5, WriteReplicationFailure, ReadReplicationFailure),
        new RecordFormat<Command, Command.RetryReplication>(
            231, "command.retry-replication", 2,
            static (ref w, c) =>
            {
                w.Write(c.Generation);
                w.Write(c.At);
            },
            static (ref r) => new Command.RetryReplication(r.ReadInt64(), r.ReadDateTimeOffset())),
        Plain(232, "command.report-replication-recovered", static (activation, at) => new Command.ReportReplicationRecovered(activation, at)),
        new RecordFormat<Command, Command.MarkResync>(
            240, "command.mark-resync", 3,
            static (ref w, c) =>
            {
                w.Write(c.Activation);
                w.Write(c.Reason);
                w.Write(c.At);
            },
            static (ref r) => new Command.MarkResync(r.ReadInt64(), r.ReadString(), r.ReadDateTimeOffset())),
        new RecordFormat<Command, Command.StartResync>(
            241, "command.start-resync", 2,
            static (ref w, c) =>
            {
                w.Write(c.Caller);
                w.Write(c.At);
            },
            static (ref r) => new Command.StartResync(r.ReadString(), r.ReadDateTimeOffset())),
        Plain(242, "command.complete-resync", static (activation, at) => new Command.CompleteResync(activation, at)),
    ];

    /// <summary>A report that says nothing but what it is.</summary>
    private static RecordFormat<Command, T> Plain<T>(int number, string name, Func<long, DateTimeOffset, T> make)
        where T : Command.Report => new(
            number, name, 2,
            static (ref w, c) =>
            {
                w.Write(c.Activation);
                w.Write(c.At);
            },
            (ref r) => make(r.ReadInt64(), r.ReadDateTimeOffset()));

    private static void WriteFailStep(ref MessagePackWriter writer, Command.FailStep c)
    {
        writer.WriteOperation(c.Operation);
        writer.WriteEnum(c.Step);
        writer.Write(c.Code);
        writer.Write(c.Message);
        writer.Write(c.IsTransient);
        writer.Write(c.At);
    }

    private static Command.FailStep ReadFailStep(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadEnum<Step>(), reader.ReadString(), reader.ReadString(), reader.ReadBoolean(), reader.ReadDateTimeOffset());

    private static void WriteReplicationFailure(ref MessagePackWriter writer, Command.ReportReplicationFailure c)
    {
        writer.Write(c.Activation);
        writer.Write(c.Code);
        writer.Write(c.Message);
        writer.Write(c.IsTransient);
        writer.Write(c.At);
    }

    private static Command.ReportReplicationFailure ReadReplicationFailure(ref MessagePackReader reader) =>
        new(reader.ReadInt64(), reader.ReadString(), reader.ReadString(), reader.ReadBoolean(), reader.ReadDateTimeOffset());
}

using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events of a failover until the other direction is ready.</summary>
internal static class FailoverFormats
{
    public static IReadOnlyList<RecordFormat<Event>> All { get; } =
    [
        new RecordFormat<Event, Event.FailoverStarted>(
            MachineEventTypes.FailoverStarted, "machine.failover-started", 7, WriteFailoverStarted, ReadFailoverStarted),
        new RecordFormat<Event, Event.FailoverCompleted>(
            MachineEventTypes.FailoverCompleted, "machine.failover-completed", 4, WriteFailoverCompleted, ReadFailoverCompleted),
        new RecordFormat<Event, Event.PointChangeStarted>(
            MachineEventTypes.PointChangeStarted, "machine.point-change-started", 6, WritePointChangeStarted, ReadPointChangeStarted),
        new RecordFormat<Event, Event.PointChanged>(
            MachineEventTypes.PointChanged, "machine.point-changed", 4, WritePointChanged, ReadPointChanged),
        new RecordFormat<Event, Event.CancelStarted>(
            MachineEventTypes.CancelStarted, "machine.cancel-started", 5, WriteCancelStarted, ReadCancelStarted),
        new RecordFormat<Event, Event.FailoverCancelled>(
            MachineEventTypes.FailoverCancelled, "machine.failover-cancelled", 2, WriteFailoverCancelled, ReadFailoverCancelled),
        new RecordFormat<Event, Event.CommitStarted>(
            MachineEventTypes.CommitStarted, "machine.commit-started", 4, WriteCommitStarted, ReadCommitStarted),
        new RecordFormat<Event, Event.Committed>(
            MachineEventTypes.Committed, "machine.committed", 2, WriteCommitted, ReadCommitted),
        new RecordFormat<Event, Event.ReverseReplicationStarted>(
            MachineEventTypes.ReverseReplicationStarted, "machine.reverse-replication-started", 4,
            WriteReverseReplicationStarted, ReadReverseReplicationStarted),
        new RecordFormat<Event, Event.ReverseReplicationEstablished>(
            MachineEventTypes.ReverseReplicationEstablished, "machine.reverse-replication-established", 2,
            WriteReverseReplicationEstablished, ReadReverseReplicationEstablished),
    ];

    private static void WriteFailoverStarted(ref MessagePackWriter writer, Event.FailoverStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteEnum(e.FailoverKind);
        writer.WriteNullablePointId(e.Point);
        writer.Write(e.Activation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.FailoverStarted ReadFailoverStarted(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadEnum<FailoverKind>(), reader.ReadNullablePointId(), reader.ReadInt64(),
            reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteFailoverCompleted(ref MessagePackWriter writer, Event.FailoverCompleted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WritePointId(e.Point);
        writer.Write(e.Loss);
        writer.Write(e.At);
    }

    private static Event.FailoverCompleted ReadFailoverCompleted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadPointId(), reader.ReadTimeSpan(), reader.ReadDateTimeOffset());

    private static void WritePointChangeStarted(ref MessagePackWriter writer, Event.PointChangeStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WritePointId(e.Point);
        writer.Write(e.Activation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.PointChangeStarted ReadPointChangeStarted(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadPointId(), reader.ReadInt64(),
            reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WritePointChanged(ref MessagePackWriter writer, Event.PointChanged e)
    {
        writer.WriteOperation(e.Operation);
        writer.WritePointId(e.Point);
        writer.Write(e.Loss);
        writer.Write(e.At);
    }

    private static Event.PointChanged ReadPointChanged(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadPointId(), reader.ReadTimeSpan(), reader.ReadDateTimeOffset());

    private static void WriteCancelStarted(ref MessagePackWriter writer, Event.CancelStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.Activation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.CancelStarted ReadCancelStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadInt64(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteFailoverCancelled(ref MessagePackWriter writer, Event.FailoverCancelled e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.FailoverCancelled ReadFailoverCancelled(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());

    private static void WriteCommitStarted(ref MessagePackWriter writer, Event.CommitStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.CommitStarted ReadCommitStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteCommitted(ref MessagePackWriter writer, Event.Committed e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.Committed ReadCommitted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());

    private static void WriteReverseReplicationStarted(ref MessagePackWriter writer, Event.ReverseReplicationStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.ReverseReplicationStarted ReadReverseReplicationStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteReverseReplicationEstablished(ref MessagePackWriter writer, Event.ReverseReplicationEstablished e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.ReverseReplicationEstablished ReadReverseReplicationEstablished(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());
}

using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events of replication.</summary>
internal static class ReplicationFormats
{
    public static IReadOnlyList<RecordFormat<Event>> All { get; } =
    [
        new RecordFormat<Event, Event.InitialReplicationStarted>(
            MachineEventTypes.InitialReplicationStarted, "machine.initial-replication-started", 2,
            WriteInitialReplicationStarted, ReadInitialReplicationStarted),
        new RecordFormat<Event, Event.InitialReplicationProgressed>(
            MachineEventTypes.InitialReplicationProgressed, "machine.initial-replication-progressed", 3,
            WriteInitialReplicationProgressed, ReadInitialReplicationProgressed),
        new RecordFormat<Event, Event.InitialReplicationCompleted>(
            MachineEventTypes.InitialReplicationCompleted, "machine.initial-replication-completed", 1,
            WriteInitialReplicationCompleted, ReadInitialReplicationCompleted),
        new RecordFormat<Event, Event.RecoveryPointRecorded>(
            MachineEventTypes.RecoveryPointRecorded, "machine.recovery-point-recorded", 2, WriteRecoveryPointRecorded, ReadRecoveryPointRecorded),
        new RecordFormat<Event, Event.RecoveryPointsExpired>(
            MachineEventTypes.RecoveryPointsExpired, "machine.recovery-points-expired", 2, WriteRecoveryPointsExpired, ReadRecoveryPointsExpired),
        new RecordFormat<Event, Event.ReplicationFailed>(
            MachineEventTypes.ReplicationFailed, "machine.replication-failed", 7, WriteReplicationFailed, ReadReplicationFailed),
        new RecordFormat<Event, Event.ReplicationRetried>(
            MachineEventTypes.ReplicationRetried, "machine.replication-retried", 2, WriteReplicationRetried, ReadReplicationRetried),
        new RecordFormat<Event, Event.ReplicationRecovered>(
            MachineEventTypes.ReplicationRecovered, "machine.replication-recovered", 1, WriteReplicationRecovered, ReadReplicationRecovered),
        new RecordFormat<Event, Event.ResyncMarked>(
            MachineEventTypes.ResyncMarked, "machine.resync-marked", 2, WriteResyncMarked, ReadResyncMarked),
        new RecordFormat<Event, Event.ResyncStarted>(
            MachineEventTypes.ResyncStarted, "machine.resync-started", 2, WriteResyncStarted, ReadResyncStarted),
        new RecordFormat<Event, Event.ResyncCompleted>(
            MachineEventTypes.ResyncCompleted, "machine.resync-completed", 1, WriteResyncCompleted, ReadResyncCompleted),
    ];

    private static void WriteInitialReplicationStarted(ref MessagePackWriter writer, Event.InitialReplicationStarted e)
    {
        writer.Write(e.IsResync);
        writer.Write(e.At);
    }

    private static Event.InitialReplicationStarted ReadInitialReplicationStarted(ref MessagePackReader reader) =>
        new(reader.ReadBoolean(), reader.ReadDateTimeOffset());

    private static void WriteInitialReplicationProgressed(ref MessagePackWriter writer, Event.InitialReplicationProgressed e)
    {
        writer.Write(e.BytesDone);
        writer.Write(e.BytesTotal);
        writer.Write(e.At);
    }

    private static Event.InitialReplicationProgressed ReadInitialReplicationProgressed(ref MessagePackReader reader) =>
        new(reader.ReadInt64(), reader.ReadInt64(), reader.ReadDateTimeOffset());

    private static void WriteInitialReplicationCompleted(ref MessagePackWriter writer, Event.InitialReplicationCompleted e)
    {
        writer.Write(e.At);
    }

    private static Event.InitialReplicationCompleted ReadInitialReplicationCompleted(ref MessagePackReader reader) =>
        new(reader.ReadDateTimeOffset());

    private static void WriteRecoveryPointRecorded(ref MessagePackWriter writer, Event.RecoveryPointRecorded e)
    {
        writer.WritePoint(e.Point);
        writer.Write(e.At);
    }

    private static Event.RecoveryPointRecorded ReadRecoveryPointRecorded(ref MessagePackReader reader) =>
        new(reader.ReadPoint(), reader.ReadDateTimeOffset());

    private static void WriteRecoveryPointsExpired(ref MessagePackWriter writer, Event.RecoveryPointsExpired e)
    {
        writer.WritePointIds(e.Points);
        writer.Write(e.At);
    }

    private static Event.RecoveryPointsExpired ReadRecoveryPointsExpired(ref MessagePackReader reader) =>
        new(reader.ReadPointIds(), reader.ReadDateTimeOffset());

    private static void WriteReplicationFailed(ref MessagePackWriter writer, Event.ReplicationFailed e)
    {
        writer.Write(e.Code);
        writer.Write(e.Message);
        writer.Write(e.IsTransient);
        writer.Write(e.Attempt);
        writer.WriteNullable(e.RetryAt);
        writer.Write(e.Generation);
        writer.Write(e.At);
    }

    private static Event.ReplicationFailed ReadReplicationFailed(ref MessagePackReader reader) =>
        new(
            reader.ReadString(), reader.ReadString(), reader.ReadBoolean(), reader.ReadInt32(),
            reader.ReadNullableDateTimeOffset(), reader.ReadInt64(), reader.ReadDateTimeOffset());

    private static void WriteReplicationRetried(ref MessagePackWriter writer, Event.ReplicationRetried e)
    {
        writer.Write(e.Generation);
        writer.Write(e.At);
    }

    private static Event.ReplicationRetried ReadReplicationRetried(ref MessagePackReader reader) =>
        new(reader.ReadInt64(), reader.ReadDateTimeOffset());

    private static void WriteReplicationRecovered(ref MessagePackWriter writer, Event.ReplicationRecovered e)
    {
        writer.Write(e.At);
    }

    private static Event.ReplicationRecovered ReadReplicationRecovered(ref MessagePackReader reader) =>
        new(reader.ReadDateTimeOffset());

    private static void WriteResyncMarked(ref MessagePackWriter writer, Event.ResyncMarked e)
    {
        writer.Write(e.Reason);
        writer.Write(e.At);
    }

    private static Event.ResyncMarked ReadResyncMarked(ref MessagePackReader reader) =>
        new(reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteResyncStarted(ref MessagePackWriter writer, Event.ResyncStarted e)
    {
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.ResyncStarted ReadResyncStarted(ref MessagePackReader reader) =>
        new(reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteResyncCompleted(ref MessagePackWriter writer, Event.ResyncCompleted e)
    {
        writer.Write(e.At);
    }

    private static Event.ResyncCompleted ReadResyncCompleted(ref MessagePackReader reader) =>
        new(reader.ReadDateTimeOffset());
}

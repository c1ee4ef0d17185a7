using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events of replication.</summary>
internal static class ReplicationFormats
{
    public static IReadOnlyList<EventFormat> All { get; } =
    [
        new EventFormat<Event.InitialReplicationStarted>(
            MachineEventTypes.InitialReplicationStarted, "initial-replication-started", 2, WriteInitialReplicationStarted, ReadInitialReplicationStarted),
        new EventFormat<Event.InitialReplicationProgressed>(
            MachineEventTypes.InitialReplicationProgressed, "initial-replication-progressed", 3,
            WriteInitialReplicationProgressed, ReadInitialReplicationProgressed),
        new EventFormat<Event.InitialReplicationCompleted>(
            MachineEventTypes.InitialReplicationCompleted, "initial-replication-completed", 1,
            WriteInitialReplicationCompleted, ReadInitialReplicationCompleted),
        new EventFormat<Event.RecoveryPointRecorded>(
            MachineEventTypes.RecoveryPointRecorded, "recovery-point-recorded", 2, WriteRecoveryPointRecorded, ReadRecoveryPointRecorded),
        new EventFormat<Event.RecoveryPointsExpired>(
            MachineEventTypes.RecoveryPointsExpired, "recovery-points-expired", 2, WriteRecoveryPointsExpired, ReadRecoveryPointsExpired),
        new EventFormat<Event.ReplicationFailed>(
            MachineEventTypes.ReplicationFailed, "replication-failed", 7, WriteReplicationFailed, ReadReplicationFailed),
        new EventFormat<Event.ReplicationRetried>(
            MachineEventTypes.ReplicationRetried, "replication-retried", 2, WriteReplicationRetried, ReadReplicationRetried),
        new EventFormat<Event.ReplicationRecovered>(
            MachineEventTypes.ReplicationRecovered, "replication-recovered", 1, WriteReplicationRecovered, ReadReplicationRecovered),
        new EventFormat<Event.ResyncMarked>(
            MachineEventTypes.ResyncMarked, "resync-marked", 2, WriteResyncMarked, ReadResyncMarked),
        new EventFormat<Event.ResyncStarted>(
            MachineEventTypes.ResyncStarted, "resync-started", 2, WriteResyncStarted, ReadResyncStarted),
        new EventFormat<Event.ResyncCompleted>(
            MachineEventTypes.ResyncCompleted, "resync-completed", 1, WriteResyncCompleted, ReadResyncCompleted),
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

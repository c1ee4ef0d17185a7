using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events of a test failover.</summary>
internal static class TestFailoverFormats
{
    public static IReadOnlyList<RecordFormat<Event>> All { get; } =
    [
        new RecordFormat<Event, Event.TestFailoverStarted>(
            MachineEventTypes.TestFailoverStarted, "machine.test-failover-started", 5, WriteTestFailoverStarted, ReadTestFailoverStarted),
        new RecordFormat<Event, Event.TestFailoverCompleted>(
            MachineEventTypes.TestFailoverCompleted, "machine.test-failover-completed", 2, WriteTestFailoverCompleted, ReadTestFailoverCompleted),
        new RecordFormat<Event, Event.TestCleanupStarted>(
            MachineEventTypes.TestCleanupStarted, "machine.test-cleanup-started", 5, WriteTestCleanupStarted, ReadTestCleanupStarted),
        new RecordFormat<Event, Event.TestFailoverCleanedUp>(
            MachineEventTypes.TestFailoverCleanedUp, "machine.test-failover-cleaned-up", 4, WriteTestFailoverCleanedUp, ReadTestFailoverCleanedUp),
    ];

    private static void WriteTestFailoverStarted(ref MessagePackWriter writer, Event.TestFailoverStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WritePointId(e.Point);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.TestFailoverStarted ReadTestFailoverStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadPointId(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteTestFailoverCompleted(ref MessagePackWriter writer, Event.TestFailoverCompleted e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.TestFailoverCompleted ReadTestFailoverCompleted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());

    private static void WriteTestCleanupStarted(ref MessagePackWriter writer, Event.TestCleanupStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.Notes);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.TestCleanupStarted ReadTestCleanupStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadString(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteTestFailoverCleanedUp(ref MessagePackWriter writer, Event.TestFailoverCleanedUp e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.Notes);
        writer.Write(e.IsDrill);
        writer.Write(e.At);
    }

    private static Event.TestFailoverCleanedUp ReadTestFailoverCleanedUp(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadString(), reader.ReadBoolean(), reader.ReadDateTimeOffset());
}

using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events of the steps of a workflow.</summary>
internal static class StepFormats
{
    public static IReadOnlyList<RecordFormat<Event>> All { get; } =
    [
        new RecordFormat<Event, Event.StepStarted>(
            MachineEventTypes.StepStarted, "machine.step-started", 3, WriteStepStarted, ReadStepStarted),
        new RecordFormat<Event, Event.StepCompleted>(
            MachineEventTypes.StepCompleted, "machine.step-completed", 4, WriteStepCompleted, ReadStepCompleted),
        new RecordFormat<Event, Event.StepFailed>(
            MachineEventTypes.StepFailed, "machine.step-failed", 7, WriteStepFailed, ReadStepFailed),
        new RecordFormat<Event, Event.StepSkipped>(
            MachineEventTypes.StepSkipped, "machine.step-skipped", 5, WriteStepSkipped, ReadStepSkipped),
        new RecordFormat<Event, Event.Resumed>(
            MachineEventTypes.Resumed, "machine.resumed", 3, WriteResumed, ReadResumed),
    ];

    private static void WriteStepStarted(ref MessagePackWriter writer, Event.StepStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteEnum(e.Step);
        writer.Write(e.At);
    }

    private static Event.StepStarted ReadStepStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadEnum<Step>(), reader.ReadDateTimeOffset());

    private static void WriteStepCompleted(ref MessagePackWriter writer, Event.StepCompleted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteEnum(e.Step);
        writer.Write(e.Detail);
        writer.Write(e.At);
    }

    private static Event.StepCompleted ReadStepCompleted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadEnum<Step>(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteStepFailed(ref MessagePackWriter writer, Event.StepFailed e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteEnum(e.Step);
        writer.Write(e.Code);
        writer.Write(e.Message);
        writer.Write(e.Attempt);
        writer.WriteNullable(e.RetryAt);
        writer.Write(e.At);
    }

    private static Event.StepFailed ReadStepFailed(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadEnum<Step>(), reader.ReadString(), reader.ReadString(),
            reader.ReadInt32(), reader.ReadNullableDateTimeOffset(), reader.ReadDateTimeOffset());

    private static void WriteStepSkipped(ref MessagePackWriter writer, Event.StepSkipped e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteEnum(e.Step);
        writer.Write(e.Code);
        writer.Write(e.Message);
        writer.Write(e.At);
    }

    private static Event.StepSkipped ReadStepSkipped(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadEnum<Step>(), reader.ReadString(),
            reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteResumed(ref MessagePackWriter writer, Event.Resumed e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.Resumed ReadResumed(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadString(), reader.ReadDateTimeOffset());
}

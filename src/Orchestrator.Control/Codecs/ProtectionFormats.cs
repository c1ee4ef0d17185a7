using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>The events that begin and end protection.</summary>
internal static class ProtectionFormats
{
    public static IReadOnlyList<RecordFormat<Event>> All { get; } =
    [
        new RecordFormat<Event, Event.ProtectionEnablingStarted>(
            MachineEventTypes.ProtectionEnablingStarted, "machine.protection-enabling-started", 5,
            WriteProtectionEnablingStarted, ReadProtectionEnablingStarted),
        new RecordFormat<Event, Event.ProtectionEnabled>(
            MachineEventTypes.ProtectionEnabled, "machine.protection-enabled", 2, WriteProtectionEnabled, ReadProtectionEnabled),
        new RecordFormat<Event, Event.DisableStarted>(
            MachineEventTypes.DisableStarted, "machine.disable-started", 4, WriteDisableStarted, ReadDisableStarted),
        new RecordFormat<Event, Event.ProtectionDisabled>(
            MachineEventTypes.ProtectionDisabled, "machine.protection-disabled", 2, WriteProtectionDisabled, ReadProtectionDisabled),
    ];

    private static void WriteProtectionEnablingStarted(ref MessagePackWriter writer, Event.ProtectionEnablingStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteProtection(e.Protection);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.ProtectionEnablingStarted ReadProtectionEnablingStarted(ref MessagePackReader reader) =>
        new(
            reader.ReadOperation(), reader.ReadProtection(), reader.ReadSteps(),
            reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteProtectionEnabled(ref MessagePackWriter writer, Event.ProtectionEnabled e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.ProtectionEnabled ReadProtectionEnabled(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());

    private static void WriteDisableStarted(ref MessagePackWriter writer, Event.DisableStarted e)
    {
        writer.WriteOperation(e.Operation);
        writer.WriteSteps(e.Steps);
        writer.Write(e.Caller);
        writer.Write(e.At);
    }

    private static Event.DisableStarted ReadDisableStarted(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadSteps(), reader.ReadString(), reader.ReadDateTimeOffset());

    private static void WriteProtectionDisabled(ref MessagePackWriter writer, Event.ProtectionDisabled e)
    {
        writer.WriteOperation(e.Operation);
        writer.Write(e.At);
    }

    private static Event.ProtectionDisabled ReadProtectionDisabled(ref MessagePackReader reader) =>
        new(reader.ReadOperation(), reader.ReadDateTimeOffset());
}

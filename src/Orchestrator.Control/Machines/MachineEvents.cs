using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using KernelEvent = Orchestrator.Actors.Persistence.EncodedEvent;

namespace Orchestrator.Control.Machines;

/// <summary>Gives the kernel the machine's event codec.</summary>
public sealed class MachineEvents(MachineEventCodec codec) : IEventCodec<Event>
{
    /// <summary>What brings events of earlier versions up to date; no type has a second version yet.</summary>
    public static EventUpcasters Upcasters { get; } = EventUpcasters.None;

    /// <inheritdoc />
    public KernelEvent Encode(Event @event)
    {
        var encoded = codec.Encode(@event);
        return new KernelEvent(encoded.TypeId, encoded.Version, encoded.Payload);
    }

    /// <inheritdoc />
    public Event Decode(int typeId, short typeVersion, byte[]? payload)
    {
        try
        {
            return codec.Decode(typeId, typeVersion, payload ?? throw new Actors.Persistence.UnknownEventException(typeId, typeVersion));
        }
        catch (Codecs.UnknownEventException)
        {
            throw new Actors.Persistence.UnknownEventException(typeId, typeVersion);
        }
    }

    /// <summary>What a stored event means today: none, one or several.</summary>
    /// <exception cref="Actors.Persistence.UnknownEventException">This program does not know the type or the version.</exception>
    public IReadOnlyList<Event> Decode(JournalEvent stored) => Upcasters.Decode(this, stored);
}

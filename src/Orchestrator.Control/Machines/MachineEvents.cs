using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using KernelEvent = Orchestrator.Actors.Persistence.EncodedEvent;

namespace Orchestrator.Control.Machines;

/// <summary>Gives the kernel the machine's event codec.</summary>
public sealed class MachineEvents(MachineEventCodec codec) : IEventCodec<Event>
{
    /// <inheritdoc />
    public KernelEvent Encode(Event @event)
    {
        var encoded = codec.Encode(@event);
        return new KernelEvent(encoded.TypeId, encoded.Version, encoded.Payload);
    }

    /// <inheritdoc />
    public Event Decode(int typeId, short typeVersion, byte[]? payload) =>
        codec.Decode(typeId, typeVersion, payload ?? throw new Actors.Persistence.UnknownEventException(typeId, typeVersion));
}

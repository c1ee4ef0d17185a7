namespace Orchestrator.Control.Codecs;

/// <summary>An event as it is stored.</summary>
/// <param name="TypeId">The number of its type, see <see cref="MachineEventTypes"/>.</param>
/// <param name="Version">The version of the type, from 1.</param>
/// <param name="Payload">Its fields (MessagePack); equal events give equal bytes.</param>
public readonly record struct EncodedEvent(int TypeId, short Version, byte[] Payload);

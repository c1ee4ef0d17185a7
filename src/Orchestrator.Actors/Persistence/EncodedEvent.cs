namespace Orchestrator.Actors.Persistence;

/// <summary>An event as bytes.</summary>
/// <param name="TypeId">The stable number of the event type; never reused.</param>
/// <param name="TypeVersion">The version of its schema, from 1.</param>
/// <param name="Payload">The body.</param>
public readonly record struct EncodedEvent(int TypeId, short TypeVersion, byte[] Payload);

using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>A message of another entity that has arrived.</summary>
/// <param name="From">The sender.</param>
/// <param name="Number">Names it among the sender's messages; sent again it has the same number.</param>
/// <param name="After">The sender's message to this entity before it; the receiver takes nothing ahead of it.</param>
/// <param name="Payload">What was sent.</param>
public sealed record OutboxDelivery(PersistenceId From, MessageNumber Number, MessageNumber After, byte[] Payload);

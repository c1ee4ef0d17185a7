using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>A message on its way, in one attempt of its lane.</summary>
internal readonly record struct Parcel(OutboxMessage Message, MessageNumber After, int Attempt)
{
    public OutboxDelivery ToDelivery() => new(Message.From, MessageNumber.Of(Message), After, Message.Payload);
}

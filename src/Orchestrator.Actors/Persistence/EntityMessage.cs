using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Persistence;

/// <summary>What an entity's mailbox holds: a command, or a firing or another entity's message that becomes one.</summary>
internal readonly record struct EntityMessage<TCommand>(TCommand? Command, ReminderFiring? Firing, OutboxDelivery? Delivery = null);

using Orchestrator.Actors.Reminders;

namespace Orchestrator.Actors.Persistence;

/// <summary>What an entity's mailbox holds: a command, or a firing that becomes one.</summary>
internal readonly record struct EntityMessage<TCommand>(TCommand? Command, ReminderFiring? Firing);

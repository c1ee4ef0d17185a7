using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Reminders;

/// <summary>Names one reminder.</summary>
internal readonly record struct ReminderKey(PersistenceId Id, string Name);

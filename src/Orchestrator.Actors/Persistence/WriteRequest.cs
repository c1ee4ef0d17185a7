namespace Orchestrator.Actors.Persistence;

/// <summary>What one entity wants to store in one step.</summary>
internal sealed record WriteRequest(
    int ShardId, IReadOnlyList<JournalEvent> Events, IReadOnlyList<ReminderChange> Reminders);

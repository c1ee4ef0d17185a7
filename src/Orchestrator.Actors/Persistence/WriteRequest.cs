namespace Orchestrator.Actors.Persistence;

/// <summary>What one entity wants to store in one step, made under one grant of its shard.</summary>
internal sealed record WriteRequest(
    int ShardId, long Epoch, IReadOnlyList<JournalEvent> Events, IReadOnlyList<ReminderChange> Reminders)
{
    public IReadOnlyList<OutboxMessage> Outbox { get; init; } = [];

    public IReadOnlyList<InboxMark> Inbox { get; init; } = [];
}

namespace Orchestrator.Actors.Persistence;

/// <summary>One reminder change of an effect, before it is bound to its entity.</summary>
internal readonly record struct ReminderEdit(string Name, DateTimeOffset DueAt, long Generation, byte[] Payload, bool IsClear)
{
    public ReminderChange For(PersistenceId id) =>
        new(id, Name, IsClear ? null : new JournalReminder(id, Name, Generation, DueAt, Payload));
}

namespace Orchestrator.Actors.Reminders;

/// <summary>A durable reminder that has come due.</summary>
/// <param name="Name">Its name within the entity.</param>
/// <param name="Generation">The generation it was set with.</param>
/// <param name="Payload">The payload it was set with.</param>
/// <param name="DueAt">When it was due, UTC.</param>
/// <param name="LateBy">How much later it was sent; large after an outage, zero or more.</param>
public sealed record ReminderFiring(string Name, long Generation, byte[] Payload, DateTimeOffset DueAt, TimeSpan LateBy);

namespace Orchestrator.Actors.Reminders;

/// <summary>Limits of the reminder service.</summary>
public sealed record ReminderOptions
{
    /// <summary>How far ahead reminders are held in memory.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most reminders read at once.</summary>
    public int BatchSize { get; init; } = 5000;

    /// <summary>The most reminders fired in one step; with <see cref="Step"/> this paces the start after an outage (200 a second).</summary>
    public int FiringsPerStep { get; init; } = 20;

    /// <summary>The time between steps while more are due.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an entity may take to consume a firing before it is sent again.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The delay before a refused or failed firing is sent again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}

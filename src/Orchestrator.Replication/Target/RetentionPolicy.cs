namespace Orchestrator.Replication.Target;

/// <summary>Which recovery points are kept; the newest and a mounted one always are.</summary>
/// <remarks>Points go only when a new one comes, oldest first: where nothing arrives any more, what is there stays.
/// The age is measured from the newest point, not from a clock: a clock that jumps cannot empty the list.</remarks>
public sealed record RetentionPolicy
{
    /// <summary>How much older than the newest point a point may be.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How many points are kept at most.</summary>
    public int MaxPoints { get; init; } = 300;
}

namespace Orchestrator.Actors.Sharding;

/// <summary>What became of a message given to a region.</summary>
internal readonly record struct Delivery(TellOutcome Outcome, TimeSpan RetryAfter = default, bool IsCycle = false, bool IsElsewhere = false)
{
    /// <summary>Why it was refused, if there is more to say than the outcome does.</summary>
    public string? Reason { get; init; }
}

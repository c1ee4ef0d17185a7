namespace Orchestrator.Actors.Persistence;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>Durable.</summary>
    Stored = 1,

    /// <summary>Another owner, or a diverged store: nothing more is written to the shard from here.</summary>
    ShardLost = 2,

    /// <summary>Not confirmed; may be stored.</summary>
    NotConfirmed = 3,
}

/// <summary>How a write ended, and why.</summary>
internal readonly record struct WriteResult(WriteOutcome Outcome, Exception? Error = null)
{
    public static readonly WriteResult Stored = new(WriteOutcome.Stored);

    public static readonly WriteResult ShardLost = new(WriteOutcome.ShardLost);
}

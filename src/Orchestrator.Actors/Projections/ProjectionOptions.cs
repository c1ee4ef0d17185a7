using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Projections;

/// <summary>Limits of the projections of a node.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Events of one shard read at a time.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Events in one commit of the read model, unless one page has more.</summary>
    public int MaxBatchEvents { get; init; } = 2000;

    /// <summary>Rows remembered per projection and shard, to read less.</summary>
    public int CachedRows { get; init; } = 4096;

    /// <summary>How often every shard is looked at, whatever the journal writer has told: the truth is the journal.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The delay between attempts while the journal or the store fails, and between attempts at a poison event.</summary>
    public RestartPolicy Retry { get; init; } = new() { MinBackoff = TimeSpan.FromMilliseconds(100), MaxBackoff = TimeSpan.FromSeconds(10) };

    /// <summary>How often an event that cannot be handled is tried.</summary>
    public int PoisonAttempts { get; init; } = 3;

    /// <summary>How long changes of one row are gathered before the live feed tells the last one.</summary>
    public TimeSpan FeedInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Changes that may wait for one subscriber of the live feed; the oldest are dropped and counted.</summary>
    public int FeedCapacity { get; init; } = 1000;
}

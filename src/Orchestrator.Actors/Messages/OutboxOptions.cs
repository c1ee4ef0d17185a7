using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Messages;

/// <summary>Limits of the delivery of messages between entities.</summary>
public sealed record OutboxOptions
{
    /// <summary>Messages to one receiver that may be on their way unacknowledged.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Messages to one receiver held in memory, at least the window; the others wait in the journal.</summary>
    public int LaneCapacity { get; init; } = 128;

    /// <summary>Messages held in memory above which no more are read.</summary>
    public int MaxInMemory { get; init; } = 20_000;

    /// <summary>Messages read at once.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Receivers started in one step for messages an earlier process or node left; with <see cref="Step"/> 200 a second.</summary>
    public int StartsPerStep { get; init; } = 20;

    /// <summary>The time between steps.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a receiver may take to handle a message before it is sent again.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When a receiver that failed, refused or did not answer is tried again; tried for ever, whatever its limit says.</summary>
    public RestartPolicy Retry { get; init; } = new() { MinBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(60) };

    /// <summary>How long delivered messages are gathered before they are removed from the journal in one write.</summary>
    public TimeSpan RemoveEvery { get; init; } = TimeSpan.FromMilliseconds(200);
}

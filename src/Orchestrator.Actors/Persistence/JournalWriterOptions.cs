using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Persistence;

/// <summary>Limits of the journal writer.</summary>
public sealed record JournalWriterOptions
{
    /// <summary>Writes that may wait; more make the entities that want to write wait in their turn.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>The most events in one commit, unless a single write has more.</summary>
    public int MaxBatchEvents { get; init; } = 1000;

    /// <summary>The most payload bytes in one commit, unless a single write has more.</summary>
    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The delay between attempts while the journal fails; its restart limit is the number of attempts after the first.</summary>
    public RestartPolicy Retry { get; init; } = new()
    {
        MinBackoff = TimeSpan.FromMilliseconds(50),
        MaxBackoff = TimeSpan.FromSeconds(5),
        MaxRestarts = 8,
    };
}

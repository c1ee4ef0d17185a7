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

    /// <summary>Bytes that may wait for the journal on this node; from there on new commands are refused as busy.</summary>
    public long MaxBytesInFlight { get; init; } = 64 * 1024 * 1024;

    /// <summary>The delay between attempts while the journal fails; it is tried until <see cref="OutageDeadline"/>, whatever its limit says.</summary>
    public RestartPolicy Retry { get; init; } = new() { MinBackoff = TimeSpan.FromMilliseconds(50), MaxBackoff = TimeSpan.FromSeconds(5) };

    /// <summary>How long a write may wait for a journal that does not answer before it is given up as not confirmed.</summary>
    /// <remarks>
    /// Five minutes outlast the failover of a database, its restart with recovery, and a reboot of its machine; what is given up
    /// has to be decided again by its caller, so shorter only makes work. Callers who wait have their own, shorter deadline.
    /// </remarks>
    public TimeSpan OutageDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The same once the system stops.</summary>
    public TimeSpan StopDeadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one call of the journal may take before it counts as hanging.</summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(30);
}

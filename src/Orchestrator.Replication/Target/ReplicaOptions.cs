namespace Orchestrator.Replication.Target;

/// <summary>Where and how one machine's replica is kept.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The directory of the replica; created when missing, used by one store at a time.</summary>
    public required string Directory { get; init; }

    /// <summary>The disks, in the order of the source's indexes.</summary>
    public required IReadOnlyList<ReplicaDisk> Disks { get; init; }

    /// <summary>Opens received batches.</summary>
    public required IBatchCodec Codec { get; init; }

    /// <summary>Stamps points and drives retries after a full disk.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Which recovery points are kept.</summary>
    public RetentionPolicy Retention { get; init; } = new();

    /// <summary>How many received bytes may wait to be applied before the sender is slowed down.</summary>
    public long CreditBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Called before every step that changes something durable; a test throws here to die between two steps.</summary>
    internal Action<string>? Step { get; init; }

    /// <summary>The size at which a new ingest segment is begun.</summary>
    internal long IngestSegmentBytes { get; init; } = 64L * 1024 * 1024;
}

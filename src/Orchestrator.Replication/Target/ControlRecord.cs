namespace Orchestrator.Replication.Target;

/// <summary>Everything about a replica that changes as one step.</summary>
internal sealed record ControlRecord
{
    public Guid Incarnation { get; init; }

    public Guid Session { get; init; }

    /// <summary>The session's first batch: what an earlier session sent from here on is forgotten.</summary>
    public long SessionStart { get; init; }

    /// <summary>The highest activation a session was opened under.</summary>
    public long Activation { get; init; }

    /// <summary>The next batch to apply.</summary>
    public long NextApply { get; init; }

    /// <summary>The last sequence number of the batches below <see cref="NextApply"/>.</summary>
    public long PrefixSequence { get; init; }

    public long AppliedEpoch { get; init; }

    public long AppliedSequence { get; init; }

    public bool Consistent { get; init; }

    /// <summary>The undo interval in use; 0 while there is no point.</summary>
    public long Interval { get; init; }

    /// <summary>How far that interval's file is durable at least.</summary>
    public long IntervalDurable { get; init; }

    public ReplicaState State { get; init; }

    public Guid ActiveOperation { get; init; }

    public RecoveryPoint? ActivePoint { get; init; }

    public long ActiveActivation { get; init; }

    /// <summary>The last activation that was taken back; a late repeat of it is refused.</summary>
    public Guid CancelledOperation { get; init; }

    public IReadOnlyList<long> DiskLengths { get; init; } = [];
}

namespace Orchestrator.Replication.ChangeLog;

/// <summary>How far the life of the log got when the state was written.</summary>
internal enum RunState
{
    /// <summary>Capturing.</summary>
    Open = 0,

    /// <summary>The tail of the log was being applied to the disks again.</summary>
    Recovering = 1,

    /// <summary>Closed with everything flushed.</summary>
    Clean = 2,
}

/// <summary>What must be known of the log before its segments can be read.</summary>
internal sealed record ControlState
{
    public Guid Incarnation { get; init; }

    /// <summary>The change up to which segments may be gone.</summary>
    public long Released { get; init; }

    /// <summary>Every change up to this one has reached its disk.</summary>
    public long Applied { get; init; }

    /// <summary>The epoch of the last mark that may be gone.</summary>
    public long Epoch { get; init; }

    /// <summary>The last number given out, when closed cleanly.</summary>
    public long LastSequence { get; init; }

    public RunState Run { get; init; }

    /// <summary>The boot of the host in which it was written.</summary>
    public Guid BootId { get; init; }

    public long Activation { get; init; }

    public bool IsFenced { get; init; }

    public string? LossCode { get; init; }

    public string? LossMessage { get; init; }

    public DateTimeOffset WrittenAt { get; init; }

    public IReadOnlyList<DiskIdentity> Disks { get; init; } = [];
}

/// <summary>What a disk looked like.</summary>
internal sealed record DiskIdentity(long Length, long ModifiedNanoseconds, ulong Device, ulong Inode);

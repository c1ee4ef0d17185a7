namespace Orchestrator.Replication.Source;

/// <summary>What is captured of a machine, and where its change log is.</summary>
public sealed record CaptureOptions
{
    /// <summary>The directory of the change log; made when absent. It belongs to one machine alone.</summary>
    public required string LogDirectory { get; init; }

    /// <summary>The paths of the machine's disks; a disk is named by its place here ever after.</summary>
    public required IReadOnlyList<string> Disks { get; init; }

    /// <summary>Makes the ids of incarnations and the nonces of segments; called by any thread.</summary>
    public required Func<Guid> Ids { get; init; }

    /// <summary>The size of a segment file in bytes, a multiple of 4096 from 64 KiB to 1 GiB.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>The limit of all segment files together in bytes; at it replication needs a resync, the guest goes on.</summary>
    public long MaxBytes { get; init; } = 8L << 30;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Identifies the boot of the host, to tell a killed process from a dead host; null asks the host.</summary>
    public Guid? BootId { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One of them is not usable; the message says which.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(LogDirectory);
        if (Disks.Count is 0 or > 256)
        {
            throw new ArgumentException($"A machine has 1 to 256 disks, not {Disks.Count}.");
        }

        if (SegmentBytes is < (64 << 10) or > (1 << 30) || SegmentBytes % 4096 != 0)
        {
            throw new ArgumentException($"A segment has 64 KiB to 1 GiB, a multiple of 4096, not {SegmentBytes} bytes.");
        }

        if (MaxBytes / SegmentBytes <= Disks.Count)
        {
            throw new ArgumentException(
                $"The change log may have {MaxBytes} bytes but needs a segment of {SegmentBytes} bytes for each of the {Disks.Count} disks and one more.");
        }
    }
}

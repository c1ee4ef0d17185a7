namespace Orchestrator.Replication.Source;

/// <summary>One protected machine's captured disks, seen as one ordered stream of changes.</summary>
/// <remarks>
/// Every change of every disk of the machine gets the next number of one <em>sequence</em> (from 1, consecutive). An <em>epoch</em> is the
/// run of changes between two cuts: a cut stops all disks at one instant, so the machine's state at an epoch's end is
/// crash-consistent over all of them. Changes survive the death of the process and stay readable until released.
/// </remarks>
public interface IChangeSource
{
    /// <summary>The sizes of the disks in bytes; a disk is named by its index here.</summary>
    IReadOnlyList<long> DiskLengths { get; }

    /// <summary>Identifies this history of sequence numbers; a new one begins when the log is lost or reset.</summary>
    Guid Incarnation { get; }

    /// <summary>The last sequence number given out.</summary>
    long LastSequence { get; }

    /// <summary>Bytes logged and not yet released.</summary>
    long BacklogBytes { get; }

    /// <summary>Why the log cannot feed replication any more (code and message), or null while it can.</summary>
    CaptureLoss? Loss { get; }

    /// <summary>Stops all disks for an instant, ends the epoch and records its mark; returns the mark.</summary>
    EpochMark CutEpoch(EpochKind kind, Guid pointId);

    /// <summary>Opens a reader that yields every change after <paramref name="sequence"/>, in sequence order.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ChangeLogCorrupt"/> when that part is no longer there.</exception>
    IChangeReader OpenReader(long sequence);

    /// <summary>Allows the log up to and including <paramref name="throughSequence"/> to be recycled: it is durable on the target.</summary>
    void Release(long throughSequence);

    /// <summary>
    /// Reads a range of a disk while no write to it is in flight: every change of it numbered so far has reached the disk.
    /// </summary>
    /// <returns>The last sequence number given out when the range was read.</returns>
    long ReadStable(int disk, long offset, Span<byte> buffer);

    /// <summary>The allocation of a range, to skip what was never written.</summary>
    IReadOnlyList<Blocks.BlockExtent> GetExtents(int disk, long offset, long length);

    /// <summary>
    /// Throws the log away and begins a new <see cref="Incarnation"/> with capture running: what a resync or an initial replication starts from.
    /// </summary>
    void Reset();
}

/// <summary>Reads changes in sequence order; used by one thread.</summary>
public interface IChangeReader : IDisposable
{
    /// <summary>The sequence number of the last change returned.</summary>
    long Position { get; }

    /// <summary>
    /// Appends the next changes to <paramref name="changes"/> until their data reaches <paramref name="maxBytes"/>, a mark
    /// was returned (always the last of a call), or nothing more is logged. At least one change is returned if there is one.
    /// </summary>
    /// <remarks>The data of the changes stays valid until the next call or until they are released.</remarks>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ChangeLogCorrupt"/>.</exception>
    void Read(List<ChangeRecord> changes, long maxBytes);

    /// <summary>Completes when a change after <see cref="Position"/> exists.</summary>
    Task WaitAsync(CancellationToken cancellation);
}

/// <summary>What a change does.</summary>
public enum ChangeKind
{
    /// <summary>Writes data.</summary>
    Write = 1,

    /// <summary>Makes the range read as zeroes (a trim is one, too).</summary>
    Zero = 2,

    /// <summary>Ends an epoch; <see cref="ChangeRecord.Mark"/> is set.</summary>
    Mark = 3,
}

/// <summary>One change of the machine.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Disk">The disk's index.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes affected.</param>
/// <param name="Data">The bytes written; empty unless <see cref="ChangeKind.Write"/>.</param>
/// <param name="Mark">The mark; null unless <see cref="ChangeKind.Mark"/>.</param>
public readonly record struct ChangeRecord(
    long Sequence, ChangeKind Kind, int Disk, long Offset, long Length, ReadOnlyMemory<byte> Data, EpochMark? Mark);

/// <summary>What an epoch's end stands for.</summary>
public enum EpochKind
{
    /// <summary>A crash-consistent recovery point.</summary>
    CrashConsistent = 1,

    /// <summary>An application-consistent recovery point.</summary>
    ApplicationConsistent = 2,

    /// <summary>The last epoch before a planned failover: the machine is stopped, nothing follows.</summary>
    Final = 3,
}

/// <summary>The end of an epoch, recorded in the log between the last change before it and the first after it.</summary>
/// <param name="Epoch">The epoch that ends here, from 1, consecutive within the incarnation.</param>
/// <param name="Sequence">The mark's own sequence number: the state is that of all changes below it.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="PointId">The recovery point's id.</param>
/// <param name="TakenAt">When all disks stood still, UTC.</param>
public sealed record EpochMark(long Epoch, long Sequence, EpochKind Kind, Guid PointId, DateTimeOffset TakenAt);

/// <summary>Why the change log can no longer feed replication: a resync is needed.</summary>
/// <param name="Code">A code of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">What happened and what follows.</param>
public sealed record CaptureLoss(string Code, string Message);

using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Sites;

/// <summary>One site's half of replication: it captures the disks of what runs there and keeps the replicas of what runs elsewhere.</summary>
/// <remarks>
/// Every operation is idempotent: a repeat after a crash or a lost answer finds what the first attempt left and changes nothing more.
/// What a site was told it keeps on its own disk: after a restart it captures, exports and serves again without being asked.
/// Whoever decides for a machine calls <see cref="Under"/> first; once a site has seen a term of a machine it refuses calls that change
/// something of it under a lower term, or under none, with <see cref="ErrorCodes.ControlFenced"/>. Looking needs no term.
/// Errors are <see cref="ReplicationException"/>s. The same interface is spoken in process and over mutual TLS.
/// </remarks>
public interface IReplicationSite
{
    /// <summary>The site's name.</summary>
    string Name { get; }

    /// <summary>The same site for a caller that acts under the term: every call carries it. Dispose the site itself, not this.</summary>
    IReplicationSite Under(ControlTerm term);

    /// <summary>The size of a disk of this site in bytes; refuses what cannot be a disk.</summary>
    ValueTask<long> MeasureDiskAsync(string path, CancellationToken cancellation);

    /// <summary>Puts capture in front of the disks and exports them; the activation number gives the right to do so.</summary>
    ValueTask<AttachedSource> AttachSourceAsync(SourceRequest request, CancellationToken cancellation);

    /// <summary>
    /// Makes replication to another site run in the given mode. A run of the same generation that already serves the mode is left
    /// alone, whether it still runs or has failed: only a higher generation starts it again.
    /// </summary>
    ValueTask StartReplicationAsync(ReplicationRequest request, CancellationToken cancellation);

    /// <summary>Stops replication; capture goes on.</summary>
    /// <param name="id">The source.</param>
    /// <param name="forgetCopy">Whether the next initial copy or resync begins anew instead of continuing.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    ValueTask StopReplicationAsync(string id, bool forgetCopy, CancellationToken cancellation);

    /// <summary>How capture and replication of one source stand; null when there is no such source here.</summary>
    ValueTask<SourceStatus?> GetSourceAsync(string id, CancellationToken cancellation);

    /// <summary>Refuses writes from now on, durably, and cuts the final epoch: nothing follows it.</summary>
    ValueTask<EpochMark> QuiesceAsync(string id, long activation, CancellationToken cancellation);

    /// <summary>Waits until the target holds the final epoch, applied.</summary>
    ValueTask DrainAsync(string id, CancellationToken cancellation);

    /// <summary>Refuses writes durably until an activation number of at least <paramref name="activation"/> says otherwise.</summary>
    ValueTask FenceAsync(string id, long activation, CancellationToken cancellation);

    /// <summary>Allows writes again under a higher activation number.</summary>
    ValueTask ResumeSourceAsync(string id, long activation, CancellationToken cancellation);

    /// <summary>Ends capture and export and throws the change log away; the disks stay as they are.</summary>
    /// <param name="id">The source.</param>
    /// <param name="keepExport">Whether the disks stay exported, without capture (protection ends, the machine goes on).</param>
    /// <param name="cancellation">Cancels waiting.</param>
    ValueTask ReleaseSourceAsync(string id, bool keepExport, CancellationToken cancellation);

    /// <summary>SHA-256 of each disk of a source that refuses writes, hexadecimal.</summary>
    ValueTask<IReadOnlyList<string>> DigestSourceAsync(string id, CancellationToken cancellation);

    /// <summary>Makes a replica ready to receive; an existing disk given as seed is kept and only differences will travel.</summary>
    ValueTask PrepareReplicaAsync(ReplicaRequest request, CancellationToken cancellation);

    /// <summary>The replica's keys, one of 32 bytes per disk: what the source encrypts with.</summary>
    ValueTask<IReadOnlyList<byte[]>> GetReplicaKeysAsync(string id, CancellationToken cancellation);

    /// <summary>How a replica stands; null when there is none here.</summary>
    ValueTask<ReplicaStatus?> GetReplicaAsync(string id, CancellationToken cancellation);

    /// <summary>Exports a private, writable copy of a recovery point; replication goes on below it.</summary>
    ValueTask<IReadOnlyList<DiskExport>> OpenTestAsync(string id, Guid point, Guid operation, CancellationToken cancellation);

    /// <summary>Deletes the test copy.</summary>
    ValueTask CloseTestAsync(string id, Guid operation, CancellationToken cancellation);

    /// <summary>Makes this site the active one from a recovery point (the latest when null); writes go to an overlay until commit.</summary>
    ValueTask<ActivatedReplica> ActivateAsync(string id, Guid? point, long activation, Guid operation, CancellationToken cancellation);

    /// <summary>Undoes an activation: what was written since is thrown away, the replica receives again.</summary>
    ValueTask DeactivateAsync(string id, Guid operation, CancellationToken cancellation);

    /// <summary>Makes an activation final: the disks become what the active machine sees, the points go. Clients stay attached.</summary>
    ValueTask CommitAsync(string id, Guid operation, CancellationToken cancellation);

    /// <summary>SHA-256 of each replica disk at its applied sequence, hexadecimal.</summary>
    ValueTask<IReadOnlyList<string>> DigestReplicaAsync(string id, CancellationToken cancellation);

    /// <summary>Deletes a replica: its points, and its disks unless they are kept.</summary>
    ValueTask RemoveReplicaAsync(string id, bool keepDisks, CancellationToken cancellation);
}

/// <summary>Asks a site to capture a source.</summary>
/// <param name="Id">The source's id, the machine's name.</param>
/// <param name="Disks">The disks' paths; null takes the disks of the committed replica of the same id.</param>
/// <param name="Activation">The activation number.</param>
public sealed record SourceRequest(string Id, IReadOnlyList<string>? Disks, long Activation);

/// <summary>A captured source.</summary>
/// <param name="Exports">Where its disks can be attached.</param>
public sealed record AttachedSource(IReadOnlyList<DiskExport> Exports);

/// <summary>A disk served over NBD.</summary>
/// <param name="Index">The disk's index.</param>
/// <param name="Uri">The NBD URI.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Path">The file or device below.</param>
public sealed record DiskExport(int Index, string Uri, long Length, string Path);

/// <summary>How the target's disks begin.</summary>
public enum CopyMode
{
    /// <summary>Only new changes travel: the target holds everything before.</summary>
    Delta = 1,

    /// <summary>Everything that is allocated travels; the target begins as zeroes.</summary>
    Initial = 2,

    /// <summary>Block hashes are compared; what differs travels.</summary>
    Resync = 3,
}

/// <summary>Asks a site to replicate a source.</summary>
/// <param name="Id">The source.</param>
/// <param name="Mode">How the target's disks begin.</param>
/// <param name="Activation">The activation number of the source.</param>
/// <param name="TargetSite">The receiving site.</param>
/// <param name="TargetAddress">Its HTTPS address.</param>
/// <param name="PointInterval">The time between two recovery points.</param>
/// <param name="Generation">Counts the failures so far: a run that failed is started again under a higher one.</param>
/// <param name="DiskKeys">The replica's keys; never logged.</param>
public sealed record ReplicationRequest(
    string Id, CopyMode Mode, long Activation, string TargetSite, Uri TargetAddress, TimeSpan PointInterval, long Generation,
    IReadOnlyList<byte[]> DiskKeys);

/// <summary>How capture and replication of a source stand.</summary>
/// <param name="Exports">Where its disks can be attached.</param>
/// <param name="Activation">The activation number it runs under.</param>
/// <param name="Fenced">Whether it refuses writes.</param>
/// <param name="Loss">Why deltas can no longer be told; null while they can.</param>
/// <param name="Replication">The running or last replication; null before the first.</param>
public sealed record SourceStatus(
    IReadOnlyList<DiskExport> Exports, long Activation, bool Fenced, CaptureLoss? Loss, ReplicationProgress? Replication);

/// <summary>How a replication run stands.</summary>
/// <param name="Mode">Its mode.</param>
/// <param name="Generation">The generation it was started under.</param>
/// <param name="Running">Whether it runs.</param>
/// <param name="CopyCompleted">Whether the run sends deltas alone: its initial copy or resync, if any, has passed its end at the source.</param>
/// <param name="BytesTotal">Bytes to look at in the copy.</param>
/// <param name="BytesDone">Bytes of them done.</param>
/// <param name="RawBytes">Bytes of changes and copied blocks before compression.</param>
/// <param name="SentBytes">Bytes sent.</param>
/// <param name="BacklogBytes">Bytes logged and not yet durable at the target.</param>
/// <param name="Error">Why it ended; null while it runs or after a stop.</param>
public sealed record ReplicationProgress(
    CopyMode Mode, long Generation, bool Running, bool CopyCompleted, long BytesTotal, long BytesDone, long RawBytes, long SentBytes, long BacklogBytes,
    ReplicationFault? Error)
{
    /// <summary>
    /// The machine's state at this time can be recovered at the target: a machine that writes nothing equals its last point for as
    /// long as it stays so. Null before this run knows.
    /// </summary>
    public DateTimeOffset? RecoverableAsOf { get; init; }
}

/// <summary>Why a replication run ended.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="IsTransient">Whether trying again later can help.</param>
public sealed record ReplicationFault(string Code, string Message, bool IsTransient);

/// <summary>Asks a site to keep a replica.</summary>
/// <param name="Id">The replica's id, the machine's name.</param>
/// <param name="Disks">Its disks.</param>
/// <param name="Activation">The activation number of the source that will send.</param>
public sealed record ReplicaRequest(string Id, IReadOnlyList<ReplicaDiskRequest> Disks, long Activation);

/// <summary>One disk of a replica.</summary>
/// <param name="Length">Its size in bytes.</param>
/// <param name="SeedPath">An existing disk to use; null takes the site's own file (kept when it exists).</param>
public sealed record ReplicaDiskRequest(long Length, string? SeedPath);

/// <summary>How a replica stands.</summary>
/// <param name="State">Receiving, Active or Committed.</param>
/// <param name="Consistent">Whether its disks are an exact prefix of the source's writes.</param>
/// <param name="AppliedSequence">That prefix.</param>
/// <param name="Points">Its recovery points, oldest first.</param>
/// <param name="Exports">Where its disks can be attached while it is active.</param>
/// <param name="TestExports">Where its test copy can be attached while there is one.</param>
/// <param name="Paths">Its disks' files.</param>
/// <param name="Fault">Why it stopped working; null while it works.</param>
public sealed record ReplicaStatus(
    string State, bool Consistent, long AppliedSequence, IReadOnlyList<ReplicaPointStatus> Points, IReadOnlyList<DiskExport> Exports,
    IReadOnlyList<DiskExport> TestExports, IReadOnlyList<string> Paths, ReplicationFault? Fault);

/// <summary>A recovery point of a replica.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Epoch">The epoch it ends.</param>
/// <param name="Sequence">The number of its mark: it holds exactly the changes below.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="TakenAt">When the source's disks stood still.</param>
/// <param name="AvailableAt">When the replica could start from it.</param>
public sealed record ReplicaPointStatus(
    Guid Id, long Epoch, long Sequence, EpochKind Kind, DateTimeOffset TakenAt, DateTimeOffset AvailableAt);

/// <summary>An activated replica.</summary>
/// <param name="Point">The recovery point it runs from.</param>
/// <param name="Exports">Where its disks can be attached.</param>
public sealed record ActivatedReplica(Guid Point, IReadOnlyList<DiskExport> Exports);

using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Target;

/// <summary>One machine's replica as the link sees it: takes batches durably, tells how far it got.</summary>
/// <remarks>Thread-safe. Batches of one session are numbered from <c>NextBatch</c> of the cursor and may arrive out of order;
/// they are applied in order, an epoch at a time, so the replica's disks always hold the state at an epoch's end
/// (except while initial replication or a resync is under way, when they are marked inconsistent).</remarks>
public interface IReplica
{
    /// <summary>How far the replica got.</summary>
    ReplicaCursor Cursor { get; }

    /// <summary>
    /// Begins a session: every earlier session is fenced, batches beyond the contiguous prefix are forgotten.
    /// </summary>
    /// <returns>The cursor to continue from.</returns>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.SessionFenced"/> for an older activation,
    /// <see cref="ErrorCodes.ReplicaState"/> when the replica does not receive (it is active here).</exception>
    ReplicaCursor OpenSession(SessionRequest request);

    /// <summary>Stores a batch; it is durable when this returns. A repeat of a stored batch changes nothing.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.SessionFenced"/>, <see cref="ErrorCodes.BatchRejected"/>,
    /// <see cref="ErrorCodes.DiskFull"/> (transient).</exception>
    ReplicaCursor Ingest(BatchHeader header, ReadOnlyMemory<byte> frame);

    /// <summary>
    /// Writes one 16-byte keyed hash per block of <see cref="BlockSize"/> into <paramref name="hashes"/> (last block may be short),
    /// covering everything ingested before the call: it applies what is complete first.
    /// </summary>
    void HashBlocks(int disk, long firstBlock, ReadOnlySpan<byte> key, Span<byte> hashes);

    /// <summary>The size of a block for comparing: 64 KiB.</summary>
    const int BlockSize = 65536;
}

/// <summary>Asks to replicate into a replica.</summary>
/// <param name="Session">A fresh id; batches carry it.</param>
/// <param name="Incarnation">The source's sequence history.</param>
/// <param name="Activation">The activation number under which the source is the active site.</param>
/// <param name="DiskLengths">The source's disks; the replica refuses a shrunk disk and grows for a grown one.</param>
public sealed record SessionRequest(Guid Session, Guid Incarnation, long Activation, IReadOnlyList<long> DiskLengths);

/// <summary>How far a replica got.</summary>
/// <param name="Incarnation">The source history the numbers belong to; empty before the first session.</param>
/// <param name="NextBatch">The number of the next batch expected: all below are durable.</param>
/// <param name="DurableSequence">The last sequence number of the contiguous durable prefix.</param>
/// <param name="AppliedEpoch">The epoch whose end the disks hold.</param>
/// <param name="AppliedSequence">The sequence number of that epoch's mark: the exact prefix of the source's writes.</param>
/// <param name="Consistent">False while initial replication or a resync has not yet passed its end.</param>
/// <param name="CreditBytes">How many bytes may be sent beyond the durable prefix.</param>
public sealed record ReplicaCursor(
    Guid Incarnation, long NextBatch, long DurableSequence, long AppliedEpoch, long AppliedSequence, bool Consistent, long CreditBytes);

/// <summary>What a batch is, readable without its key.</summary>
/// <param name="Session">The session that sent it.</param>
/// <param name="Number">Its number within the replica's incarnation, from 0 or from the session cursor's <c>NextBatch</c>.</param>
/// <param name="FirstSequence">The first sequence number covered.</param>
/// <param name="LastSequence">The last one covered; <c>FirstSequence - 1</c> for a batch of copied blocks alone.</param>
/// <param name="Epoch">The epoch its changes belong to.</param>
/// <param name="End">Set on the last batch of an epoch.</param>
/// <param name="RawBytes">The size of its changes before compression.</param>
public sealed record BatchHeader(
    Guid Session, long Number, long FirstSequence, long LastSequence, long Epoch, EpochEnd? End, long RawBytes);

/// <summary>The end of an epoch as the target sees it.</summary>
/// <param name="Mark">The source's mark.</param>
/// <param name="Consistent">Whether the disks at this mark are an exact prefix of the source's writes (no copy under way).</param>
public sealed record EpochEnd(EpochMark Mark, bool Consistent);

/// <summary>One change out of a batch, to be applied in the order given.</summary>
/// <param name="Disk">The disk's index.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes affected.</param>
/// <param name="Data">The bytes, or empty for zeroes.</param>
public readonly record struct ReplicaChange(int Disk, long Offset, long Length, ReadOnlyMemory<byte> Data)
{
    /// <summary>Whether the range becomes zeroes.</summary>
    public bool IsZero => Data.IsEmpty;
}

/// <summary>Opens stored batches: verifies, decrypts and decompresses.</summary>
public interface IBatchCodec
{
    /// <summary>Reads the header, verifying its checksum.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.BatchRejected"/>.</exception>
    BatchHeader ReadHeader(ReadOnlySpan<byte> frame);

    /// <summary>Opens the body: changes sorted and free of overlap within the batch.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.BatchRejected"/> when it is damaged or the key is wrong.</exception>
    IReadOnlyList<ReplicaChange> Decode(ReadOnlySpan<byte> frame);
}

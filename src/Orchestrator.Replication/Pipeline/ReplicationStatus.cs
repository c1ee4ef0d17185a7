namespace Orchestrator.Replication.Pipeline;

/// <summary>A session at one instant.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="BytesTotal">The size of the disks being copied; 0 when nothing is.</param>
/// <param name="BytesDone">How much of that is copied or compared, and acknowledged.</param>
/// <param name="RawBytes">Data sent and acknowledged by this session, before compression.</param>
/// <param name="SentBytes">The same as it went over the link.</param>
/// <param name="BacklogBytes">Bytes captured and not yet durable on the target.</param>
/// <param name="AcknowledgedSequence">The last sequence number durable on the target.</param>
/// <param name="AppliedEpoch">The epoch whose end the replica's disks hold.</param>
/// <param name="AppliedSequence">That epoch's mark.</param>
/// <param name="Consistent">Whether the replica's disks are usable as they are.</param>
/// <param name="RecoverableAsOf">The machine's state at this time can be recovered on the target; null before the first such point of this session.</param>
/// <param name="NeedsResync">Only a resync can continue.</param>
/// <param name="LastError">Why it ended; null while it runs.</param>
public sealed record ReplicationStatus(
    ReplicationPhase Phase, long BytesTotal, long BytesDone, long RawBytes, long SentBytes, long BacklogBytes,
    long AcknowledgedSequence, long AppliedEpoch, long AppliedSequence, bool Consistent, DateTimeOffset? RecoverableAsOf,
    bool NeedsResync, ReplicationFailure? LastError);

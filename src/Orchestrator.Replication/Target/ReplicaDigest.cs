namespace Orchestrator.Replication.Target;

/// <summary>What the disks hold, to be compared with the source.</summary>
/// <param name="AppliedSequence">The prefix of the source's writes the disks held.</param>
/// <param name="Sha256">One SHA-256 per disk over all of its bytes.</param>
public sealed record ReplicaDigest(long AppliedSequence, IReadOnlyList<byte[]> Sha256);

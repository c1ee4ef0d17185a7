namespace Orchestrator.Replication.Target;

/// <summary>One disk of a replica.</summary>
/// <param name="Length">The size in bytes, above 0; a session with a larger disk makes it grow.</param>
/// <param name="Path">The image; null is <c>disk-N.raw</c> in the replica's directory. An
/// existing image is taken as it is: the seed a resync compares with.</param>
public sealed record ReplicaDisk(long Length, string? Path = null);

using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Pipeline;

/// <summary>What a <see cref="ReplicationSession"/> works with.</summary>
public sealed record ReplicationOptions
{
    /// <summary>The machine's changes.</summary>
    public required IChangeSource Source { get; init; }

    /// <summary>The way to the replica.</summary>
    public required IReplicaLink Link { get; init; }

    /// <summary>One key of <see cref="BatchCodec.KeyLength"/> bytes per disk.</summary>
    public required IReadOnlyList<byte[]> DiskKeys { get; init; }

    /// <summary>The activation under which this site is the active one.</summary>
    public required long Activation { get; init; }

    /// <summary>The clock of intervals, limits and status.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>What to begin with.</summary>
    public ReplicationMode Mode { get; init; }

    /// <summary>
    /// The file that remembers how far a copy got; required unless <see cref="Mode"/> is Delta, and the same one for every session of the machine.
    /// While it holds a copy (finished or not) of the source's present incarnation, Initial and Resync continue that one;
    /// <see cref="ReplicationSession.ForgetCopy"/> makes the next session begin anew.
    /// </summary>
    public string? ProgressPath { get; init; }

    /// <summary><see cref="BlockHash.KeyLength"/> random bytes, fresh for this session; required when a resync may run.</summary>
    public byte[]? ResyncKey { get; init; }

    /// <summary>The time between crash-consistent recovery points: 5 s.</summary>
    public TimeSpan PointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// While the machine writes nothing, no point is cut until this many intervals have passed: 12. The idle time is not lost:
    /// <see cref="ReplicationStatus.RecoverableAsOf"/> advances, because an unchanged machine equals its last point.
    /// </summary>
    public int IdleIntervals { get; init; } = 12;

    /// <summary>How frames are compressed: Brotli.</summary>
    public FrameCompression Compression { get; init; } = FrameCompression.Brotli;

    /// <summary>The most bytes per second to send; unlimited when null.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>
    /// The bytes batches may hold between being read and being acknowledged: 32 MiB, at least 2 MiB. Beside it a session uses up to one
    /// batch per encode worker and 1 MiB per disk being copied (three at most).
    /// </summary>
    public long CreditBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How many batches are on their way at once, each on its own connection: 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>How many batches are compressed and encrypted at once: one per processor, at most 4.</summary>
    public int EncodeWorkers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>Makes session and point ids. A session id is never repeated: a frame's key depends on it.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    internal void Validate()
    {
        Require(DiskKeys.Count == Source.DiskLengths.Count, "there must be one key per disk");
        Require(Mode == ReplicationMode.Delta || ProgressPath is not null, "a copy needs a file for its progress");
        Require(Mode != ReplicationMode.Resync || ResyncKey is not null, "a resync needs a key");
        Require(PointInterval > TimeSpan.Zero && IdleIntervals > 0, "intervals must be above zero");
        Require(CreditBytes >= 2 * 1024 * 1024, "the credit must be at least 2 MiB");
        Require(Connections is >= 1 and <= 16 && EncodeWorkers is >= 1 and <= 64, "connections (1 to 16) and workers (1 to 64) are out of range");
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new ArgumentException($"The replication options are refused: {what}.");
        }
    }
}

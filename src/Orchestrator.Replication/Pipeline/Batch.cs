using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>A batch on its way to the encoder.</summary>
internal sealed class Batch
{
    internal required long Number { get; init; }

    internal required long FirstSequence { get; init; }

    internal required long Epoch { get; init; }

    internal long LastSequence { get; set; }

    internal EpochEnd? End { get; set; }

    /// <summary>The bytes of credit it holds.</summary>
    internal long Credit { get; set; }

    internal Coalescer Changes { get; } = new();

    /// <summary>Up to where each disk is copied once this batch is durable.</summary>
    internal List<CopiedThrough> Copied { get; } = [];

    /// <summary>Set when the copy is complete once this batch is durable: from this sequence number on the replica is exact.</summary>
    internal long? CopyHorizon { get; set; }
}

/// <summary>All of the disk below the offset has been copied.</summary>
internal readonly record struct CopiedThrough(int Disk, long Offset);

/// <summary>A batch as it goes over the link.</summary>
internal sealed record EncodedBatch(Batch Batch, BatchHeader Header, byte[] Buffer, int Length)
{
    internal ReadOnlyMemory<byte> Frame => Buffer.AsMemory(0, Length);
}

using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Replication.Target;

/// <summary>A batch stored durably and not yet applied.</summary>
/// <param name="Header">What it is.</param>
/// <param name="ReceivedAt">When it was durable.</param>
/// <param name="Segment">The segment it lies in.</param>
/// <param name="Record">Where in it.</param>
internal sealed record IngestEntry(BatchHeader Header, DateTimeOffset ReceivedAt, IngestSegment Segment, RecordHeader Record)
{
    public long Number => Header.Number;

    /// <summary>Reads the frame back, checking it, and opens it.</summary>
    public IReadOnlyList<ReplicaChange> Decode(IBatchCodec codec)
    {
        var buffer = BufferPool.Rent(Record.BodyLength);
        try
        {
            var frame = buffer.AsSpan(0, Record.BodyLength);
            Segment.File.ReadBody(Record, frame);
            return codec.Decode(frame);
        }
        finally
        {
            BufferPool.Return(buffer);
        }
    }
}

/// <summary>One file of received batches.</summary>
internal sealed class IngestSegment(long ordinal, RecordFile file)
{
    public long Ordinal => ordinal;

    public RecordFile File => file;

    /// <summary>The highest batch number in it; it can go when that one is applied.</summary>
    public long MaxNumber { get; set; } = -1;
}

namespace Orchestrator.Replication.Target;

/// <summary>A batch stored durably and not yet applied.</summary>
/// <param name="Header">What it is.</param>
/// <param name="ReceivedAt">When it was durable.</param>
/// <param name="Segment">The segment it lies in.</param>
/// <param name="Record">Where in it.</param>
internal sealed record IngestEntry(BatchHeader Header, DateTimeOffset ReceivedAt, IngestSegment Segment, RecordHeader Record)
{
    public long Number => Header.Number;

    /// <summary>Reads the frame back, checking it.</summary>
    public byte[] ReadFrame() => Segment.File.ReadBody(Record);
}

/// <summary>One file of received batches.</summary>
internal sealed class IngestSegment(long ordinal, RecordFile file)
{
    public long Ordinal => ordinal;

    public RecordFile File => file;

    /// <summary>The highest batch number in it; it can go when that one is applied.</summary>
    public long MaxNumber { get; set; } = -1;
}

using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Target;

/// <summary>A moment all of a machine's disks can be opened at: exactly the source's writes below <see cref="Sequence"/>.</summary>
/// <param name="Id">The point's id, given by the source.</param>
/// <param name="Incarnation">The source's sequence history.</param>
/// <param name="Epoch">The epoch that ended here.</param>
/// <param name="Sequence">The mark's sequence number.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="TakenAt">When all disks stood still, by the source's clock.</param>
/// <param name="ReceivedAt">When its last batch was durable here.</param>
/// <param name="AvailableAt">When it was applied and could be used.</param>
/// <param name="DiskLengths">The sizes of the disks at that moment, in bytes.</param>
public sealed record RecoveryPoint(
    Guid Id,
    Guid Incarnation,
    long Epoch,
    long Sequence,
    EpochKind Kind,
    DateTimeOffset TakenAt,
    DateTimeOffset ReceivedAt,
    DateTimeOffset AvailableAt,
    IReadOnlyList<long> DiskLengths);

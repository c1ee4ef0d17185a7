using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <summary>A recovery point opened for writing under an operation.</summary>
/// <param name="Operation">The operation's id.</param>
/// <param name="Point">The point the disks began at.</param>
/// <param name="Disks">The disks by position in <paramref name="DiskIndexes"/>. They belong to the store: disposing one has no effect,
/// and after the operation's end they refuse with <see cref="ErrorCodes.Fenced"/>.</param>
/// <param name="DiskIndexes">Which disk of the machine each is.</param>
public sealed record MountedPoint(
    Guid Operation, RecoveryPoint Point, IReadOnlyList<IBlockDevice> Disks, IReadOnlyList<int> DiskIndexes);

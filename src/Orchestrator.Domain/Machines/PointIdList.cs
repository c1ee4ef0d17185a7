using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>Ids of recovery points, equal by value.</summary>
[CollectionBuilder(typeof(PointIdList), nameof(Create))]
public sealed class PointIdList : ValueList<RecoveryPointId>
{
    private PointIdList(ReadOnlySpan<RecoveryPointId> ids) : base(ids) { }

    /// <summary>Makes a list.</summary>
    public static PointIdList Create(ReadOnlySpan<RecoveryPointId> ids) => new(ids);
}

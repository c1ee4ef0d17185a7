using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>The recovery points of a machine, oldest first, equal by value.</summary>
[CollectionBuilder(typeof(PointList), nameof(Create))]
public sealed class PointList : ValueList<RecoveryPoint>
{
    private PointList(ReadOnlySpan<RecoveryPoint> points) : base(points) { }

    /// <summary>No points.</summary>
    public static PointList Empty { get; } = [];

    /// <summary>The newest point, or null.</summary>
    public RecoveryPoint? Latest => Count == 0 ? null : this[Count - 1];

    /// <summary>Makes a list.</summary>
    public static PointList Create(ReadOnlySpan<RecoveryPoint> points) => new(points);

    /// <summary>The point with this id, or null.</summary>
    public RecoveryPoint? Find(RecoveryPointId id)
    {
        foreach (var point in Items)
        {
            if (point.Id == id) return point;
        }

        return null;
    }

    internal PointList Add(RecoveryPoint point) => [.. Items, point];

    internal PointList Without(PointIdList ids) => [.. this.Where(point => !ids.Contains(point.Id))];
}

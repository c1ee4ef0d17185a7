using System.Runtime.CompilerServices;

namespace Orchestrator.Domain;

/// <summary>The frequencies of cyclic capture, equal by value.</summary>
[CollectionBuilder(typeof(CycleList), nameof(Create))]
public sealed class CycleList : ValueList<TimeSpan>
{
    private CycleList(ReadOnlySpan<TimeSpan> cycles) : base(cycles) { }

    /// <summary>Makes a list.</summary>
    public static CycleList Create(ReadOnlySpan<TimeSpan> cycles) => new(cycles);
}

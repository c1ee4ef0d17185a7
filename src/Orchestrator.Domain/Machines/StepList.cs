using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>Steps in order, equal by value.</summary>
[CollectionBuilder(typeof(StepList), nameof(Create))]
public sealed class StepList : ValueList<Step>
{
    private StepList(ReadOnlySpan<Step> steps) : base(steps) { }

    /// <summary>Makes a list.</summary>
    public static StepList Create(ReadOnlySpan<Step> steps) => new(steps);

    internal int IndexOf(Step step) => Items.IndexOf(step);
}

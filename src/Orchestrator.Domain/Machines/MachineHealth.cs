using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>The health of a machine, with the reasons; equal by value.</summary>
[CollectionBuilder(typeof(MachineHealth), nameof(Create))]
public sealed class MachineHealth : ValueList<HealthReason>
{
    private MachineHealth(ReadOnlySpan<HealthReason> reasons) : base(reasons) { }

    /// <summary>The worst of the reasons; Normal without any.</summary>
    public HealthLevel Level => Count == 0 ? HealthLevel.Normal : this.Max(reason => reason.Level);

    /// <summary>Makes a list.</summary>
    public static MachineHealth Create(ReadOnlySpan<HealthReason> reasons) => new(reasons);
}

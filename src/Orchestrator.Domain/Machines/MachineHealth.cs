using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>How well a machine is; the numbers are stored.</summary>
public enum HealthLevel
{
    /// <summary>Nothing to do.</summary>
    Normal = 0,

    /// <summary>Something is wrong that may heal by itself, or should be looked at.</summary>
    Warning = 1,

    /// <summary>Somebody must act.</summary>
    Critical = 2,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Code">A code of <see cref="RefusalCodes"/>, ORC51xx.</param>
/// <param name="Level">How bad.</param>
/// <param name="Message">What is the matter.</param>
/// <param name="Advice">What to do.</param>
public sealed record HealthReason(string Code, HealthLevel Level, string Message, string Advice);

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

namespace Orchestrator.Domain;

/// <summary>One row of the capability table: what a scenario can do. Differences between scenarios live here and
/// nowhere else.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">For people.</param>
/// <param name="Source">What is protected.</param>
/// <param name="Target">Where to.</param>
/// <param name="Capture">How changes are captured.</param>
/// <param name="Cycles">The frequencies of cyclic capture; empty for a scenario without.</param>
/// <param name="Forward">The failovers from primary to recovery.</param>
/// <param name="Back">The failovers from recovery to primary.</param>
/// <param name="AutoReverseAfterPlanned">The reverse direction is protected by itself when a planned failover is
/// committed.</param>
/// <param name="TwoStepFailback">Reverse replication is the first half of the failback (synchronize before failover)
/// and the planned failover its second (complete failover).</param>
/// <param name="FailbackOnlyIntoVm">The way back ends in a VM, never in the original hardware.</param>
/// <param name="NeedsMasterTargetAtPrimary">The way back needs a master target in the primary site.</param>
public sealed record Scenario(
    ScenarioId Id,
    string Name,
    SourceKind Source,
    TargetKind Target,
    CaptureKinds Capture,
    CycleList Cycles,
    FailoverKinds Forward,
    FailoverKinds Back,
    bool AutoReverseAfterPlanned,
    bool TwoStepFailback,
    bool FailbackOnlyIntoVm,
    bool NeedsMasterTargetAtPrimary)
{
    /// <summary>The shortest time between two recovery points of continuous capture.</summary>
    public static TimeSpan ShortestInterval { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two recovery points of continuous capture.</summary>
    public static TimeSpan LongestInterval { get; } = TimeSpan.FromHours(1);

    /// <summary>All scenarios in the order of their ids.</summary>
    public static IReadOnlyList<Scenario> All => ScenarioTable.Rows;

    /// <summary>The row of a scenario.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such scenario.</exception>
    public static Scenario Of(ScenarioId id) => Enum.IsDefined(id)
        ? ScenarioTable.Rows[(int)id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, "There is no such scenario.");

    /// <summary>The failovers a direction has.</summary>
    public FailoverKinds Failovers(Machines.Direction direction) =>
        direction == Machines.Direction.Forward ? Forward : Back;

    /// <summary>Whether recovery points may be taken this often.</summary>
    public bool AllowsInterval(TimeSpan interval) =>
        (Capture.HasFlag(CaptureKinds.Continuous) && interval >= ShortestInterval && interval <= LongestInterval)
        || (Capture.HasFlag(CaptureKinds.Cyclic) && Cycles.Contains(interval));

    /// <summary>The allowed times between two recovery points in words.</summary>
    public string IntervalRule => Capture.HasFlag(CaptureKinds.Continuous)
        ? $"between {ShortestInterval} and {LongestInterval}"
        : $"one of {string.Join(", ", Cycles)}";
}

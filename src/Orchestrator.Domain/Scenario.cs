namespace Orchestrator.Domain;

/// <summary>The scenarios; the numbers are stored.</summary>
public enum ScenarioId
{
    /// <summary>A QEMU machine or any block device, to a second site or to Azure.</summary>
    S0 = 0,

    /// <summary>VMware VM to Azure.</summary>
    S1 = 1,

    /// <summary>Physical server to Azure.</summary>
    S2 = 2,

    /// <summary>Hyper-V site to Azure.</summary>
    S3 = 3,

    /// <summary>Hyper-V in VMM clouds to Azure.</summary>
    S4 = 4,

    /// <summary>Azure region to Azure region.</summary>
    S5 = 5,

    /// <summary>VMM cloud to VMM cloud.</summary>
    S6 = 6,

    /// <summary>VMware VM or physical server to a secondary site.</summary>
    S7 = 7,
}

/// <summary>What a machine is before it fails over.</summary>
public enum SourceKind
{
    /// <summary>A QEMU machine or any block device.</summary>
    QemuOrBlockDevice = 0,

    /// <summary>A VMware VM.</summary>
    VmwareVm = 1,

    /// <summary>A physical server.</summary>
    PhysicalServer = 2,

    /// <summary>A VM of a Hyper-V host that no VMM manages.</summary>
    HyperVVm = 3,

    /// <summary>A VM of a VMM cloud.</summary>
    VmmVm = 4,

    /// <summary>An Azure VM.</summary>
    AzureVm = 5,

    /// <summary>A VMware VM or a physical server.</summary>
    VmwareOrPhysical = 6,
}

/// <summary>Where a replica lives.</summary>
public enum TargetKind
{
    /// <summary>A replica store on a target node, or Azure storage.</summary>
    ReplicaStoreOrAzure = 0,

    /// <summary>Azure storage; a VM is made at failover.</summary>
    Azure = 1,

    /// <summary>A Hyper-V host of a secondary VMM cloud.</summary>
    VmmCloud = 2,

    /// <summary>A master target in a secondary site.</summary>
    MasterTarget = 3,
}

/// <summary>How changes are captured.</summary>
[Flags]
public enum CaptureKinds
{
    /// <summary>Not at all; in no scenario.</summary>
    None = 0,

    /// <summary>Every write as it happens.</summary>
    Continuous = 1,

    /// <summary>A log per cycle.</summary>
    Cyclic = 2,
}

/// <summary>The kinds of failover a direction has.</summary>
[Flags]
public enum FailoverKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A copy on an isolated network.</summary>
    Test = 1,

    /// <summary>The source is shut down first; nothing is lost.</summary>
    Planned = 2,

    /// <summary>The source may be gone.</summary>
    Unplanned = 4,
}

/// <summary>One row of the capability table: what a scenario can do. Differences between scenarios live here and nowhere else.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">For people.</param>
/// <param name="Source">What is protected.</param>
/// <param name="Target">Where to.</param>
/// <param name="Capture">How changes are captured.</param>
/// <param name="Cycles">The frequencies of cyclic capture; empty for a scenario without.</param>
/// <param name="Forward">The failovers from primary to recovery.</param>
/// <param name="Back">The failovers from recovery to primary.</param>
/// <param name="AutoReverseAfterPlanned">The reverse direction is protected by itself when a planned failover is committed.</param>
/// <param name="TwoStepFailback">Reverse replication is the first half of the failback (synchronize before failover) and
/// the planned failover its second (complete failover).</param>
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
    public FailoverKinds Failovers(Machines.Direction direction) => direction == Machines.Direction.Forward ? Forward : Back;

    /// <summary>Whether recovery points may be taken this often.</summary>
    public bool AllowsInterval(TimeSpan interval) =>
        (Capture.HasFlag(CaptureKinds.Continuous) && interval >= ShortestInterval && interval <= LongestInterval)
        || (Capture.HasFlag(CaptureKinds.Cyclic) && Cycles.Contains(interval));

    /// <summary>The allowed times between two recovery points in words.</summary>
    public string IntervalRule => Capture.HasFlag(CaptureKinds.Continuous)
        ? $"between {ShortestInterval} and {LongestInterval}"
        : $"one of {string.Join(", ", Cycles)}";
}

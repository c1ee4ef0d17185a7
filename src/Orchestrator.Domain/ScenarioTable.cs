namespace Orchestrator.Domain;

/// <summary>The rows. Where the public pages disagree about the way back of S1 and S2 (one verb earlier, a cancellable
/// planned failover later) both kinds are offered: a planned one loses nothing.</summary>
internal static class ScenarioTable
{
    private const FailoverKinds Everything = FailoverKinds.Test | FailoverKinds.Planned | FailoverKinds.Unplanned;
    private const FailoverKinds NoPlanned = FailoverKinds.Test | FailoverKinds.Unplanned;
    private const FailoverKinds NoTest = FailoverKinds.Planned | FailoverKinds.Unplanned;

    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    public static readonly Scenario[] Rows =
    [
        Row(ScenarioId.S0, "QEMU machine or block device to a second site", SourceKind.QemuOrBlockDevice,
            TargetKind.ReplicaStoreOrAzure,
            Everything, Everything) with
        { Capture = CaptureKinds.Continuous | CaptureKinds.Cyclic, Cycles = [HalfMinute, FiveMinutes, QuarterHour] },
        Row(ScenarioId.S1, "VMware VM to Azure", SourceKind.VmwareVm, TargetKind.Azure, NoPlanned, NoTest) with
        { NeedsMasterTargetAtPrimary = true },
        Row(
            ScenarioId.S2, "Physical server to Azure", SourceKind.PhysicalServer, TargetKind.Azure, NoPlanned,
            NoTest) with
        { NeedsMasterTargetAtPrimary = true, FailbackOnlyIntoVm = true },
        HyperVToAzure(ScenarioId.S3, "Hyper-V site to Azure", SourceKind.HyperVVm),
        HyperVToAzure(ScenarioId.S4, "VMM cloud to Azure", SourceKind.VmmVm),
        Row(ScenarioId.S5, "Azure region to Azure region", SourceKind.AzureVm, TargetKind.Azure, NoPlanned, NoPlanned),
        Row(ScenarioId.S6, "VMM cloud to VMM cloud", SourceKind.VmmVm, TargetKind.VmmCloud, Everything, Everything) with
        {
            Capture = CaptureKinds.Cyclic, Cycles = [HalfMinute, FiveMinutes, QuarterHour],
            AutoReverseAfterPlanned = true,
        },
        Row(ScenarioId.S7, "VMware or physical to a secondary site", SourceKind.VmwareOrPhysical, TargetKind.MasterTarget,
            Everything, Everything) with
        { NeedsMasterTargetAtPrimary = true },
    ];

    private static Scenario HyperVToAzure(ScenarioId id, string name, SourceKind source) =>
        Row(id, name, source, TargetKind.Azure, Everything, FailoverKinds.Planned) with
        {
            Capture = CaptureKinds.Cyclic, Cycles = [HalfMinute, FiveMinutes], TwoStepFailback = true,
        };

    private static Scenario Row(
        ScenarioId id, string name, SourceKind source, TargetKind target, FailoverKinds forward, FailoverKinds back) =>
        new(id, name, source, target, CaptureKinds.Continuous, [], forward, back,
            AutoReverseAfterPlanned: false, TwoStepFailback: false, FailbackOnlyIntoVm: false,
            NeedsMasterTargetAtPrimary: false);
}

namespace Orchestrator.Domain;

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

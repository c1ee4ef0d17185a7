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

namespace Orchestrator.Domain;

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

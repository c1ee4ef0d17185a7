using System.Net;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Actors.Cluster;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;

namespace Orchestrator.Cluster;

/// <summary>What a node of a cluster is made of.</summary>
public sealed record ClusterNodeOptions
{
    /// <summary>The node's name, its own among the live nodes: 1 to 64 printable ASCII characters.</summary>
    public required string Name { get; init; }

    /// <summary>The site it stands in.</summary>
    public required string Zone { get; init; }

    /// <summary>Whether it takes shards.</summary>
    public bool HostsEntities { get; init; } = true;

    /// <summary>The product version.</summary>
    public required string Build { get; init; }

    /// <summary>Where it listens for other nodes; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The host name others reach it by; the address listened on when null.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>Its certificate with the private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Judges the certificates of other nodes.</summary>
    public required PeerTrust Trust { get; init; }

    /// <summary>The shared leases and shard owners.</summary>
    public required IClusterStore Store { get; init; }

    /// <summary>The one source of time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source of jitter.</summary>
    public required Random Random { get; init; }

    /// <summary>Makes incarnation ids, each unique for ever.</summary>
    public required Func<Guid> Ids { get; init; }

    /// <summary>Terms of the lease.</summary>
    public LeaseTerms Lease { get; init; } = LeaseTerms.Default;

    /// <summary>Where shards go.</summary>
    public PlacementRules Placement { get; init; } = new();

    /// <summary>How far the local clock may be off the store's.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long entities of a departing shard may take to end their turns.</summary>
    public TimeSpan HardStop { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Limits of the bus.</summary>
    public BusOptions Bus { get; init; } = new();

    /// <summary>Receives what happens to connections; must neither block nor throw.</summary>
    public Action<BusEvent> OnBusEvent { get; init; } = _ => { };

    /// <summary>Receives how each phase of a shutdown ended; must neither block nor throw.</summary>
    public Action<ShutdownPhase> OnShutdown { get; init; } = _ => { };
}

/// <summary>How one phase of an orderly shutdown ended.</summary>
/// <param name="Name">The phase.</param>
/// <param name="Error">Why it was not completed; null when it was.</param>
public sealed record ShutdownPhase(string Name, Exception? Error);

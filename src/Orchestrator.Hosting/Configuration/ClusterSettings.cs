namespace Orchestrator.Hosting.Configuration;

/// <summary>A cluster of control nodes that share the machines of one journal.</summary>
public sealed class ClusterSettings
{
    /// <summary>Whether this node is one of several; they share one journal in PostgreSQL and one certificate authority.</summary>
    public bool Enabled { get; set; }

    /// <summary>The node's name, its own among the live nodes.</summary>
    public string Name { get; set; } = "";

    /// <summary>The site the node stands in, for <see cref="PreferredZones"/>.</summary>
    public string Zone { get; set; } = "default";

    /// <summary>Where it listens for other nodes, over mutual TLS.</summary>
    public string Listen { get; set; } = "127.0.0.1:9444";

    /// <summary>The host name or address others reach it by; empty takes the address listened on.</summary>
    public string AdvertisedHost { get; set; } = "";

    /// <summary>Whether it takes machines; a node may also only forward to those that do.</summary>
    public bool HostsMachines { get; set; } = true;

    /// <summary>Zones in order of preference: machines' actors live in the first one that has a live node; empty is all zones.</summary>
    public List<string> PreferredZones { get; set; } = [];

    /// <summary>How long a lease holds from one renewal.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How much longer others wait before they take over from a node that does not renew.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long actors may take to end their turns when their shard goes to another node.</summary>
    public TimeSpan HardStop { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How far the node's clock may be off the database's at the start.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}

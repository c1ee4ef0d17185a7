namespace Orchestrator.Replication.Transport;

/// <summary>Where a <see cref="HttpReplicaLink"/> leads.</summary>
public sealed record ReplicaLinkOptions
{
    /// <summary>The target node's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; } = ReplicationListener.DefaultPort;

    /// <summary>The site that holds the replica.</summary>
    public required string Site { get; init; }

    /// <summary>The replica's name there.</summary>
    public required string Replica { get; init; }

    /// <summary>The name the target's certificate must bear; any of the authority's when null.</summary>
    public string? PeerSite { get; init; }

    /// <summary>This node's certificate and the authority both sides trust.</summary>
    public required SiteIdentity Identity { get; init; }

    /// <summary>The clock of the time limits.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Connections at most: 4, and one for everything that is not a batch.</summary>
    public int Connections { get; init; } = 5;

    /// <summary>How long connecting may take: 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take, its body included: 100 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);
}

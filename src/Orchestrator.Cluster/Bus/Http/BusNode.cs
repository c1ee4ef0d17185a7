using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>This node, as its peers see it, and what it allows them.</summary>
public sealed record BusNode
{
    /// <summary>Who it is.</summary>
    public required PeerIdentity Self { get; init; }

    /// <summary>Its certificate, with the private key, for both directions.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Judges the certificates of peers.</summary>
    public required PeerTrust Trust { get; init; }

    /// <summary>The clock of all limits.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The limits.</summary>
    public BusOptions Limits { get; init; } = new();

    /// <summary>Told what happens to connections; must not block or throw.</summary>
    public Action<BusEvent>? Observe { get; init; }
}

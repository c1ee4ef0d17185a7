using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>Connections to other nodes over HTTP/2 and mutual TLS: one duplex POST each, on a TCP connection of its own.</summary>
public sealed class HttpPeerTransport : IPeerTransport
{
    private readonly BusNode _node;
    private readonly Random _random;

    /// <summary>Creates the transport.</summary>
    /// <param name="node">This node.</param>
    /// <param name="random">The source of jitter.</param>
    public HttpPeerTransport(BusNode node, Random random)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(random);
        node.Limits.Validated();
        PeerHandshake.Validated(node.Self);
        _node = node;
        _random = random;
    }

    /// <inheritdoc/>
    public IPeerConnection Connect(PeerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new PeerConnection(address, new HttpDialer(_node), _node.Limits, _node.Time, _random, _node.Observe);
    }
}

namespace Orchestrator.Cluster.Bus;

/// <summary>Makes connections to other nodes.</summary>
public interface IPeerTransport
{
    /// <summary>Starts to keep a connection to a peer: it connects at once, and again whenever the connection breaks, until it is closed.</summary>
    /// <param name="address">Where the peer listens.</param>
    IPeerConnection Connect(PeerAddress address);
}

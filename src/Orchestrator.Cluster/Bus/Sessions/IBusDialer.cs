namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Makes one connection.</summary>
internal interface IBusDialer
{
    /// <summary>Connects and learns who answers.</summary>
    /// <exception cref="BusException">It did not succeed; says why.</exception>
    Task<PeerLink> DialAsync(PeerAddress address, CancellationToken cancellation);
}

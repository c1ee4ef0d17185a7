namespace Orchestrator.Cluster.Bus;

/// <summary>Something an operator may want to know; the host turns it into a log line or a metric.</summary>
public abstract record BusEvent
{
    private BusEvent()
    {
    }

    /// <summary>A connection to a peer is open.</summary>
    /// <param name="Peer">Who answered.</param>
    public sealed record Connected(PeerIdentity Peer) : BusEvent;

    /// <summary>A connection to a peer could not be made, or broke; it is tried again.</summary>
    /// <param name="Address">The peer.</param>
    /// <param name="Fault">Why.</param>
    /// <param name="RetryIn">When.</param>
    public sealed record Disconnected(PeerAddress Address, BusFault Fault, TimeSpan RetryIn) : BusEvent;

    /// <summary>A peer has connected to this node.</summary>
    /// <param name="Peer">Who it is.</param>
    public sealed record Accepted(PeerIdentity Peer) : BusEvent;

    /// <summary>A peer's connection to this node has ended.</summary>
    /// <param name="Peer">Who it was.</param>
    /// <param name="Fault">Why; null when it said goodbye and everything was answered.</param>
    public sealed record Ended(PeerIdentity Peer, BusFault? Fault) : BusEvent;

    /// <summary>Somebody wanted to connect to this node and was refused.</summary>
    /// <param name="Remote">Its address or name, as far as known.</param>
    /// <param name="Fault">Why.</param>
    public sealed record Refused(string Remote, BusFault Fault) : BusEvent;
}

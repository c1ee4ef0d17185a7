namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>A connection that has just been made and carries nothing yet.</summary>
internal sealed record PeerLink(PeerIdentity Peer, BusWindow Window, IFrameWire Wire);

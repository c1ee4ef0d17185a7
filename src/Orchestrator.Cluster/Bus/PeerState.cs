namespace Orchestrator.Cluster.Bus;

/// <summary>The state of a connection to a peer.</summary>
public enum PeerState
{
    /// <summary>An attempt to connect is under way; messages wait for it.</summary>
    Connecting = 0,

    /// <summary>Messages flow.</summary>
    Open = 1,

    /// <summary>The peer takes no new messages and finishes those it has.</summary>
    Draining = 2,

    /// <summary>The last attempt failed or the connection broke; messages are refused until the next attempt.</summary>
    BackingOff = 3,

    /// <summary>This node closed the connection for good.</summary>
    Closed = 4,
}

using System.Net;

namespace Orchestrator.Replication.Nbd;

/// <summary>Where an <see cref="NbdServer"/> listens and what it puts up with. At least one address is needed.</summary>
public sealed record NbdServerOptions
{
    /// <summary>The path of a Unix socket, created with mode 0600; null for none.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>A loopback address, port 0 for any; null for none. Other addresses are refused: the protocol is in the clear.</summary>
    public IPEndPoint? TcpEndPoint { get; init; }

    /// <summary>Connections served at once, each by a thread of its own; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>How long a client may be silent before it has chosen an export.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

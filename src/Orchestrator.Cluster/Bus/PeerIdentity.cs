namespace Orchestrator.Cluster.Bus;

/// <summary>Who a node says it is when a connection is made.</summary>
/// <param name="Node">The node's name: 1 to 64 printable ASCII characters.</param>
/// <param name="Incarnation">One start of its process: the key of its row in the table of nodes.</param>
/// <param name="Site">The site it stands in; as <paramref name="Node"/>.</param>
/// <param name="Zone">The failure domain within the site; as <paramref name="Node"/>.</param>
/// <param name="Build">The build it runs; as <paramref name="Node"/>.</param>
/// <param name="Protocol">The version of the bus protocol it speaks.</param>
public sealed record PeerIdentity(
    string Node, Guid Incarnation, string Site, string Zone, string Build, int Protocol = BusProtocol.Current)
{
    /// <summary>The node in messages.</summary>
    public override string ToString() => $"{Node} ({Incarnation:N})";
}

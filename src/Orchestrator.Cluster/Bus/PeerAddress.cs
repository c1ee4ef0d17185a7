namespace Orchestrator.Cluster.Bus;

/// <summary>Where a peer listens, and which incarnation is expected there.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Incarnation">Who must answer there; anybody trusted when null. An address may have been given to another node since.</param>
public sealed record PeerAddress(string Host, int Port, Guid? Incarnation = null)
{
    /// <summary>The address in messages.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

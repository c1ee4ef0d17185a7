namespace Orchestrator.Cluster.Bus.Http;

/// <summary>Why a peer did not become a connection.</summary>
internal static class DialErrors
{
    private const int MaxReason = 4096;

    /// <summary>What is known when the peer hangs up after the handshake: TLS tells the client no more than that.</summary>
    public const string RefusedByPeer =
        "The peer hung up after the handshake: most likely it does not accept this node's certificate. "
        + "See its log for the reason; renew or register the certificate there.";

    /// <summary>The refusal in an answer other than 200.</summary>
    public static async Task<BusException> OfAsync(HttpResponseMessage response, PeerAddress address, CancellationToken cancellation)
    {
        var code = response.Headers.TryGetValues(PeerHandshake.ErrorHeader, out var values) ? values.First() : null;
        if (code is null || !code.StartsWith("ORC45", StringComparison.Ordinal) || code.Length != 7)
        {
            return new BusException(new BusFault(
                ClusterErrorCodes.IdentityRefused,
                $"{address} answered with HTTP status {(int)response.StatusCode}: it does not serve the bus. Compare the configured ports.",
                IsTransient: true));
        }

        return new BusException(new BusFault(
            code, $"{address} refused the connection: {await ReasonAsync(response, cancellation)}", code == ClusterErrorCodes.Draining));
    }

    public static BusException SomebodyElse(PeerAddress address, PeerIdentity peer) => new(new BusFault(
        ClusterErrorCodes.IdentityRefused,
        $"At {address} answers {peer}, not the incarnation {address.Incarnation:N}. "
        + "That node has restarted or its address was given away: refresh the members.",
        IsTransient: false));

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var bytes = new byte[MaxReason];
        var count = await body.ReadAtLeastAsync(bytes, MaxReason, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, count);
    }
}

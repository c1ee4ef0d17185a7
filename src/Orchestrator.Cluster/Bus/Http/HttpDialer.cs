using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>Makes one connection: TLS, one POST, the exchange of identities in its headers.</summary>
internal sealed class HttpDialer(BusNode node) : IBusDialer
{
    /// <inheritdoc/>
    public async Task<PeerLink> DialAsync(PeerAddress address, CancellationToken cancellation)
    {
        if (PeerTrusts.Validity(node.Certificate, node.Time) is { } invalid)
            throw new BusException(new BusFault(ClusterErrorCodes.CertificateRefused, $"Cannot connect to {address}. {invalid}", IsTransient: false));

        var attempt = new Attempt(node, address);
        try
        {
            return await attempt.RunAsync(cancellation);
        }
        catch
        {
            attempt.Dispose();
            throw;
        }
    }

    private sealed class Attempt : IDisposable
    {
        private readonly BusNode _node;
        private readonly PeerAddress _address;
        private readonly HttpMessageInvoker _client;
        private readonly DuplexContent _content = new();
        private readonly HttpRequestMessage _request;
        private HttpResponseMessage? _response;
        private X509Certificate2? _certificate;
        private string? _refusal;

        public Attempt(BusNode node, PeerAddress address)
        {
            _node = node;
            _address = address;
            _client = new HttpMessageInvoker(NewHandler());
            _request = new HttpRequestMessage(HttpMethod.Post, new UriBuilder("https", address.Host, address.Port, PeerHandshake.Path).Uri)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = _content,
            };
            PeerHandshake.Write(node.Self, node.Limits, (name, value) => _request.Headers.TryAddWithoutValidation(name, value));
        }

        public async Task<PeerLink> RunAsync(CancellationToken cancellation)
        {
            using var limit = new CancellationTokenSource(_node.Limits.ConnectTimeout, _node.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                _response = await _client.SendAsync(_request, either.Token);
                var (peer, window) = await IdentifyAsync(_response, either.Token);
                var input = await _response.Content.ReadAsStreamAsync(either.Token);
                return Begin(peer, window, input, await _content.Stream.WaitAsync(either.Token));
            }
            catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
            {
                throw Unreachable($"did not answer within {_node.Limits.ConnectTimeout.TotalSeconds:0.#} s", cause);
            }
            catch (Exception cause) when (cause is HttpRequestException or IOException)
            {
                throw _refusal is not null ? Refused(_refusal, cause)
                    : WasHungUpOn ? Refused(DialErrors.RefusedByPeer, cause, isTransient: true)
                    : Unreachable($"cannot be reached ({cause.GetBaseException().Message})", cause);
            }
        }

        public void Dispose()
        {
            _content.Complete();
            _response?.Dispose();
            _request.Dispose();
            _client.Dispose();
            _certificate?.Dispose();
        }

        // Under TLS 1.3 the client has finished its handshake before the server judges its certificate: to the client a refusal is
        // the end of the connection before the first answer. A server that dies in this very moment looks the same, hence transient.
        private bool WasHungUpOn => _certificate is not null && _response is null;

        private PeerLink Begin(PeerIdentity peer, BusWindow window, Stream input, Stream output)
        {
            var wire = new StreamWire(_node.Limits, _node.Time, _address.ToString());
            _ = CarryAsync(wire, input, output);
            return new PeerLink(peer, window, wire);
        }

        private async Task CarryAsync(StreamWire wire, Stream input, Stream output)
        {
            using (wire) await wire.RunAsync(input, output, _content.Complete, CancellationToken.None);
            Dispose();
        }

        private async Task<(PeerIdentity Peer, BusWindow Window)> IdentifyAsync(HttpResponseMessage response, CancellationToken cancellation)
        {
            if (response.StatusCode != HttpStatusCode.OK) throw await DialErrors.OfAsync(response, _address, cancellation);
            var answer = PeerHandshake.Read(name => response.Headers.TryGetValues(name, out var values) ? values.First() : null, _address.ToString());
            if (_address.Incarnation is { } expected && answer.Peer.Incarnation != expected) throw DialErrors.SomebodyElse(_address, answer.Peer);
            return _certificate is not null && _node.Trust(_certificate, answer.Peer) is { } refusal ? throw Refused(refusal, null) : answer;
        }

        private SocketsHttpHandler NewHandler() => new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                // The address is no identity here: the certificate is judged together with what the peer says it is.
                TargetHost = _address.Host,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => _node.Certificate,
                ClientCertificates = [_node.Certificate],
                EnabledSslProtocols = BusListener.Protocols,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => Judge(certificate as X509Certificate2),
            },
            InitialHttp2StreamWindowSize = BusListener.StreamWindow,
            KeepAlivePingDelay = _node.Limits.PingInterval < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : _node.Limits.PingInterval,
            KeepAlivePingTimeout = _node.Limits.SilenceLimit,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectTimeout = _node.Limits.ConnectTimeout,
            EnableMultipleHttp2Connections = false,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
        };

        private bool Judge(X509Certificate2? certificate)
        {
            _refusal = certificate is null ? "It showed no certificate." : _node.Trust(certificate, null);
            if (_refusal is null) _certificate = X509CertificateLoader.LoadCertificate(certificate!.RawData); // The handshake disposes its own.
            return _refusal is null;
        }

        private BusException Refused(string reason, Exception? cause, bool isTransient = false) => new(
            new BusFault(ClusterErrorCodes.CertificateRefused, $"The connection to {_address} was refused: {reason}", isTransient), cause);

        private BusException Unreachable(string how, Exception cause) => new(
            new BusFault(
                ClusterErrorCodes.PeerUnreachable,
                $"The peer {_address} {how}. Check that the node runs and that its port is open to this one.", IsTransient: true),
            cause);
    }
}

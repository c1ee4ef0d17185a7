using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>The TLS listener of a node for the bus: HTTP/2 only, no one without an accepted certificate gets past the handshake.</summary>
public sealed class BusListener : IAsyncDisposable
{
    internal const int StreamWindow = 2 * 1024 * 1024;
    private const int ConnectionWindow = 4 * 1024 * 1024;
    private const int StreamsPerConnection = 4;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);
    private readonly WebApplication _application;
    private readonly BusServer _server;

    private BusListener(WebApplication application, BusServer server, IPEndPoint endpoint)
    {
        _application = application;
        _server = server;
        Endpoint = endpoint;
    }

    /// <summary>The address listened on; the real port where 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    internal static SslProtocols Protocols => SslProtocols.Tls13 | SslProtocols.Tls12;

    /// <summary>Starts listening.</summary>
    /// <param name="endpoint">Address and port; port 0 takes a free one.</param>
    /// <param name="node">This node.</param>
    /// <param name="receiver">Gets the messages.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="BusException"><see cref="ClusterErrorCodes.ListenFailed"/>.</exception>
    public static async Task<BusListener> StartAsync(
        IPEndPoint endpoint, BusNode node, IBusReceiver receiver, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var server = new BusServer(node, receiver);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, endpoint, node));
        var application = builder.Build();
        server.Map(application);
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (IOException cause)
        {
            await application.DisposeAsync();
            throw CannotListen(endpoint, cause);
        }

        return new BusListener(application, server, Bound(application, endpoint));
    }

    /// <summary>The nodes connected now.</summary>
    public IReadOnlyList<PeerIdentity> Peers => _server.Peers;

    /// <summary>Drains the connections, as <see cref="BusServer.DrainAsync"/>, and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DrainAsync();
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint endpoint, BusNode node)
    {
        // A body that lasts for weeks, and is silent for most of them, looks like an attack to the defaults; pings are the measure here.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        kestrel.Limits.Http2.KeepAlivePingDelay = Max(node.Limits.PingInterval, TimeSpan.FromSeconds(1));
        kestrel.Limits.Http2.KeepAlivePingTimeout = Max(node.Limits.SilenceLimit, TimeSpan.FromSeconds(1));
        kestrel.AddServerHeader = false;
        kestrel.Listen(endpoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = node.Certificate,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate, // HTTP/2 cannot ask for it later.
                ClientCertificateValidation = (certificate, _, _) => Judge(node, certificate.Subject, node.Trust(certificate, null)),
                SslProtocols = Protocols,
                HandshakeTimeout = HandshakeLimit,
            });
        });
    }

    private static bool Judge(BusNode node, string subject, string? refusal)
    {
        if (refusal is not null)
            node.Observe?.Invoke(new BusEvent.Refused(subject, new BusFault(ClusterErrorCodes.CertificateRefused, refusal, IsTransient: false)));
        return refusal is null;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static IPEndPoint Bound(WebApplication application, IPEndPoint asked)
    {
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new IPEndPoint(asked.Address, new Uri(addresses.First()).Port);
    }

    private static BusException CannotListen(IPEndPoint endpoint, IOException cause) => new(
        new BusFault(
            ClusterErrorCodes.ListenFailed,
            $"Port {endpoint.Port} of {endpoint.Address} cannot be listened on: {cause.Message} "
            + "Stop the program that uses it, or configure another port for the bus.",
            IsTransient: cause.InnerException is AddressInUseException),
        cause);
}

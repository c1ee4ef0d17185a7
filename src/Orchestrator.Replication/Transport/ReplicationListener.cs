using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Replication.Transport;

/// <summary>The TLS listener of a node for its peers: replication, and whatever else is mapped beside it.</summary>
public sealed class ReplicationListener : IAsyncDisposable
{
    /// <summary>The port unless configured otherwise.</summary>
    public const int DefaultPort = 9443;

    private readonly WebApplication _application;

    private ReplicationListener(WebApplication application, IPEndPoint endpoint)
    {
        _application = application;
        Endpoint = endpoint;
    }

    /// <summary>The address listened on; the real port where 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Starts listening. A peer without a certificate of the same authority does not get past the handshake.</summary>
    /// <param name="endpoint">Address and port; port 0 takes a free one.</param>
    /// <param name="identity">This node's certificate.</param>
    /// <param name="map">Maps the routes, for instance with <see cref="ReplicaEndpoints.MapReplicaEndpoints"/>.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.AddressInUse"/>.</exception>
    public static async Task<ReplicationListener> StartAsync(
        IPEndPoint endpoint, SiteIdentity identity, Action<IEndpointRouteBuilder> map, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(map);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, endpoint, identity));
        var application = builder.Build();
        map(application);
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (IOException cause)
        {
            await application.DisposeAsync();
            throw CannotListen(endpoint, cause);
        }

        return new ReplicationListener(application, Bound(application, endpoint));
    }

    /// <summary>Stops listening. Requests under way get a second to end: what is cut off is sent again.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint endpoint, SiteIdentity identity)
    {
        // Frames are longer and links slower than the defaults, made for browsers, allow; the receiver has limits of its own.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.AddServerHeader = false;
        kestrel.Listen(endpoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = identity.Certificate,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (certificate, _, _) => identity.Accepts(certificate, site: null, isServer: false),
                SslProtocols = SiteIdentity.Protocols,
                HandshakeTimeout = TimeSpan.FromSeconds(10),
            });
        });
    }

    private static IPEndPoint Bound(WebApplication application, IPEndPoint asked)
    {
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new IPEndPoint(asked.Address, new Uri(addresses.First()).Port);
    }

    private static ReplicationException CannotListen(IPEndPoint endpoint, IOException cause) => new(
        ErrorCodes.AddressInUse,
        $"Port {endpoint.Port} of {endpoint.Address} cannot be listened on: {cause.Message} "
        + "Stop the program that uses it, or configure another port for replication here and at the peers.",
        isTransient: cause.InnerException is AddressInUseException, cause);
}

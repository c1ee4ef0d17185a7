using System.Net;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Tests.Pipeline;
using Orchestrator.Replication.Tests.Protocol;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Tests.Transport;

/// <summary>Two sites of one authority, and a listener at the second.</summary>
internal sealed class TransportFixture : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orchestrator-tls-").FullName;
    private readonly List<IDisposable> _owned = [];
    private ReplicationListener? _listener;

    internal TransportFixture(long length = 200_000)
    {
        Source = Identity("ours", "berlin");
        Target = Identity("ours", "hamburg");
        Replica = new MemoryReplica(new BatchCodec(Changes.Keys(1)), length);
    }

    internal SiteIdentity Source { get; }

    internal SiteIdentity Target { get; }

    internal MemoryReplica Replica { get; set; }

    internal IReplica? Served { get; set; }

    internal int Port { get; private set; }

    internal string PathOf(string authority, string file = "") => Path.Combine(_directory, authority, file);

    internal SiteIdentity Identity(string authority, string site, TimeProvider? time = null) =>
        Own(CertificateAuthority.LoadOrCreate(PathOf(authority), site, time ?? TimeProvider.System));

    internal async Task StartAsync()
    {
        _listener = await ReplicationListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, Port), Target,
            routes => routes.MapReplicaEndpoints(
                (site, name) => (site, name) == ("hamburg", "web 1") ? Served ?? Replica : null, TimeProvider.System));
        Port = _listener.Endpoint.Port;
    }

    internal async Task StopAsync()
    {
        await _listener!.DisposeAsync();
        _listener = null;
    }

    internal ReplicaLinkOptions Options => new()
    {
        Host = "127.0.0.1", Port = Port, Site = "hamburg", Replica = "web 1", PeerSite = "hamburg", Identity = Source, Time = TimeProvider.System,
    };

    internal HttpReplicaLink Link(ReplicaLinkOptions? options = null) => Own(new HttpReplicaLink(options ?? Options));

    internal T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    public async ValueTask DisposeAsync()
    {
        Enumerable.Reverse(_owned).ToList().ForEach(owned => owned.Dispose());
        if (_listener is not null)
        {
            await StopAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}

using System.Net;
using System.Security.Cryptography;
using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;
using Orchestrator.Cluster.Routing;

namespace Orchestrator.Cluster;

/// <summary>What joins an actor system to its cluster: membership, router and bus, put together.</summary>
/// <remarks>
/// Life: create → give <see cref="Router"/> to the actor system → <see cref="Join"/> → <see cref="ListenAsync"/> → start the member →
/// <see cref="StopAsync"/> → stop the actor system. It listens before the member joins, because the moment it is a member others
/// send; it leaves before it stops listening, because till then they still do.
/// </remarks>
public sealed class ClusterNode : IAsyncDisposable
{
    private static readonly TimeSpan PhaseLimit = TimeSpan.FromSeconds(10);

    private readonly ClusterNodeOptions _options;
    private readonly PeerIdentity _identity;
    private readonly BusPeers _peers;
    private readonly ClusterRouter _router;
    private BusListener? _listener;
    private ClusterMember? _member;
    private bool _isStopped;

    /// <summary>Puts the node together; nothing runs before <see cref="ListenAsync"/>.</summary>
    public ClusterNode(ClusterNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _identity = new PeerIdentity(options.Name, options.Ids(), options.Zone, options.Zone, options.Build);
        _peers = new BusPeers(new HttpPeerTransport(BusOf(_identity), options.Random), options.Time);
        _router = new ClusterRouter(_peers, options.Time);
    }

    /// <summary>Sends what is for entities on other nodes.</summary>
    public IShardRouter Router => _router;

    /// <summary>Messages that wait for a shard's owner.</summary>
    public int Waiting => _router.Waiting;

    /// <summary>Where it listens; null before.</summary>
    public IPEndPoint? Endpoint => _listener?.Endpoint;

    /// <summary>Makes the member that keeps the actor system in the cluster; it is started by the caller, once this node listens.</summary>
    /// <param name="system">Made with <see cref="Router"/>.</param>
    /// <param name="onEvent">Receives what happens in the cluster; must neither block nor throw.</param>
    public ClusterMember Join(ActorSystem system, Action<ClusterEvent> onEvent)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        _member = new ClusterMember(system, _options.Store, new ClusterOptions
        {
            Node = Describe,
            Lease = _options.Lease,
            Placement = _options.Placement,
            MaxClockSkew = _options.MaxClockSkew,
            HardStop = _options.HardStop,
            OnEvent = reported =>
            {
                onEvent(reported); // Before the router: it may deliver at once what came for shards just claimed.
                _peers.On(reported);
                _router.On(reported);
            },
        });
        _router.Bind(system, _member);
        _peers.Bind(_router, _member);
        return _member;
    }

    /// <summary>Listens for other nodes.</summary>
    /// <exception cref="BusException">The port cannot be listened on.</exception>
    public async Task ListenAsync(CancellationToken cancellation = default) =>
        _listener = await BusListener.StartAsync(_options.Listen, BusOf(_identity), _peers, cancellation);

    /// <summary>Stops in phases: give the shards away and leave, refuse what still waits, close the bus.</summary>
    /// <remarks>A phase that fails or takes too long is reported and does not keep the next ones from running.</remarks>
    public async Task StopAsync()
    {
        if (_isStopped)
            return;

        _isStopped = true;
        if (_member is { } member)
            await PhaseAsync("hand-off", () => member.DisposeAsync().AsTask(), _options.HardStop + PhaseLimit);

        await PhaseAsync("waiting messages", () => _router.DisposeAsync().AsTask(), PhaseLimit);
        await PhaseAsync("bus", CloseBusAsync, PhaseLimit);
    }

    /// <inheritdoc cref="StopAsync" />
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task CloseBusAsync()
    {
        await _peers.DisposeAsync();
        if (_listener is not null)
            await _listener.DisposeAsync();
    }

    private async Task PhaseAsync(string name, Func<Task> phase, TimeSpan limit)
    {
        try
        {
            await phase().WaitAsync(limit, _options.Time);
            _options.OnShutdown(new ShutdownPhase(name, null));
        }
        catch (Exception error)
        {
            _options.OnShutdown(new ShutdownPhase(name, error));
        }
    }

    private NodeRecord Describe() => new(
        _options.Ids(), _options.Name, Address(_listener!.Endpoint), _options.Zone, _options.HostsEntities, _options.Build,
        _options.Certificate.GetCertHash(HashAlgorithmName.SHA256));

    private Uri Address(IPEndPoint endpoint) =>
        new UriBuilder(Uri.UriSchemeHttps, _options.AdvertisedHost ?? endpoint.Address.ToString(), endpoint.Port).Uri;

    private BusNode BusOf(PeerIdentity identity) => new()
    {
        Self = identity, Certificate = _options.Certificate, Trust = _options.Trust, Time = _options.Time, Limits = _options.Bus,
        Observe = _options.OnBusEvent,
    };
}

using System.Net;
using System.Security.Cryptography;
using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;
using Orchestrator.Cluster.Routing;

namespace Orchestrator.Cluster;

/// <summary>One node of a cluster: actor system, membership, router and bus, put together.</summary>
/// <remarks>
/// Life: create → add regions to <see cref="System"/> → <see cref="StartAsync"/> → <see cref="StopAsync"/>. It listens before it
/// joins, because the moment it is a member others send; it leaves before it stops listening, because till then they still do.
/// </remarks>
public sealed class ClusterNode : IAsyncDisposable
{
    private static readonly TimeSpan PhaseLimit = TimeSpan.FromSeconds(10);

    private readonly ClusterNodeOptions _options;
    private readonly PeerIdentity _identity;
    private readonly BusPeers _peers;
    private readonly ClusterRouter _router;
    private BusListener? _listener;
    private bool _isStopped;

    /// <summary>Puts the node together; nothing runs before <see cref="StartAsync"/>.</summary>
    public ClusterNode(ClusterNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _identity = new PeerIdentity(options.Name, options.Ids(), options.Zone, options.Zone, options.Build);
        _peers = new BusPeers(new HttpPeerTransport(BusOf(_identity), options.Random), options.Time);
        _router = new ClusterRouter(_peers, options.Time);
        System = new ActorSystem(options.Actors(new ActorSystemOptions { Time = options.Time, Random = options.Random, Journal = options.Journal })
            with { Router = _router });
        Member = new ClusterMember(System, options.Store, new ClusterOptions
        {
            Node = Describe,
            Lease = options.Lease,
            Placement = options.Placement,
            MaxClockSkew = options.MaxClockSkew,
            HardStop = options.HardStop,
            OnEvent = On,
        });
        _router.Bind(System, Member);
        _peers.Bind(_router, Member);
    }

    /// <summary>The actors of this node.</summary>
    public ActorSystem System { get; }

    /// <summary>The node's part in the cluster.</summary>
    public ClusterMember Member { get; }

    /// <summary>Messages that wait for a shard's owner.</summary>
    public int Waiting => _router.Waiting;

    /// <summary>Where it listens; null before the start.</summary>
    public IPEndPoint? Endpoint => _listener?.Endpoint;

    /// <summary>Listens, joins and takes what is due to this node.</summary>
    /// <exception cref="ClusterException">The clock is far off, or a live node has this node's name.</exception>
    /// <exception cref="BusException">The port cannot be listened on.</exception>
    /// <exception cref="Actors.Persistence.JournalException">The store failed.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        _listener = await BusListener.StartAsync(_options.Listen, BusOf(_identity), _peers, cancellation);
        try
        {
            await Member.StartAsync(cancellation);
        }
        catch
        {
            await _listener.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops in phases: give the shards away and leave, refuse what still waits, close the bus, stop the actors.</summary>
    /// <remarks>A phase that fails or takes too long is reported and does not keep the next ones from running.</remarks>
    public async Task StopAsync()
    {
        if (_isStopped)
            return;

        _isStopped = true;
        await PhaseAsync("hand-off", () => Member.DisposeAsync().AsTask(), _options.HardStop + PhaseLimit);
        await PhaseAsync("waiting messages", () => _router.DisposeAsync().AsTask(), PhaseLimit);
        await PhaseAsync("bus", CloseBusAsync, PhaseLimit);
        await PhaseAsync("actors", () => System.StopAsync(), PhaseLimit);
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

    private void On(ClusterEvent reported)
    {
        _peers.On(reported);
        _router.On(reported);
        _options.OnClusterEvent(reported);
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

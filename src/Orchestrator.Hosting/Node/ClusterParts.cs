using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Orchestrator.Actors.Cluster;
using Orchestrator.Cluster;
using Orchestrator.Cluster.Bus.Http;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Hosting.Node;

/// <summary>A node's part in a cluster, out of its configuration.</summary>
internal static class ClusterParts
{
    /// <summary>Puts the cluster node together and listens; it joins when the control node starts.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="identity">The node's certificate, and the authority it trusts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Gets what happens in the cluster.</param>
    /// <param name="opened">Takes what must be closed, in the order it was opened.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<ClusterNode> ListenAsync(
        OrchestratorOptions options, SiteIdentity identity, TimeProvider time, ILogger log, Action<IAsyncDisposable> opened, CancellationToken cancellation)
    {
        var store = new PostgresClusterStore(JournalParts.Server(options.Journal));
        opened(store);
        var settings = options.Cluster;
        var node = new ClusterNode(new ClusterNodeOptions
        {
            Name = settings.Name,
            Zone = settings.Zone,
            HostsEntities = settings.HostsMachines,
            Build = Assembly.GetExecutingAssembly().GetName().Version?.ToString() ?? "0",
            Listen = IPEndPoint.Parse(settings.Listen),
            AdvertisedHost = settings.AdvertisedHost.Length > 0 ? settings.AdvertisedHost : null,
            Certificate = identity.Certificate,
            Trust = TrustOf(identity),
            Store = store,
            Time = time,
            Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            Ids = Guid.NewGuid,
            Lease = new LeaseTerms(settings.Lease, settings.Grace),
            Placement = new PlacementRules { PreferredZones = settings.PreferredZones },
            MaxClockSkew = settings.MaxClockSkew,
            HardStop = settings.HardStop,
            OnBusEvent = reported => log.LogInformation("Bus: {Event}", reported),
            OnShutdown = phase => log.LogInformation(phase.Error, "Shutdown, {Phase}: {Outcome}", phase.Name, phase.Error is null ? "done" : "not completed"),
        });
        opened(node);
        await node.ListenAsync(cancellation);
        return node;
    }

    // In the handshake it is not known which side asks, so either use will do; the authority decides.
    private static PeerTrust TrustOf(SiteIdentity identity) => (certificate, claimed) =>
        identity.Accepts(certificate, site: null, isServer: true) || identity.Accepts(certificate, site: null, isServer: false)
            ? null
            : $"The certificate '{certificate.Subject}', valid until {certificate.NotAfter:u}, of {claimed?.ToString() ?? "a node"} has expired or was "
              + "not issued by this cluster's authority. Issue one with the authority the nodes share, and check the clocks.";
}

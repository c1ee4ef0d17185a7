using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Api;
using Orchestrator.Cluster;
using Orchestrator.Cluster.Bus;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Queries;
using Orchestrator.Control.Sites;
using Orchestrator.Domain;
using Orchestrator.Fabric.Folder;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Hosting.Node;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Hosting;

/// <summary>One node: its sites, its listener for other nodes and, where it has the control role, journal, machines and API.</summary>
/// <remarks>The only place that names providers. Started and stopped by the generic host, or by hand.</remarks>
public sealed class OrchestratorNode : IHostedService, IAsyncDisposable
{
    private readonly OrchestratorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IAsyncDisposable> _parts = [];
    private MachineOperations? _operations;
    private ControlNode? _control;

    /// <summary>Takes the options; nothing happens before <see cref="StartAsync"/>.</summary>
    public OrchestratorNode(OrchestratorOptions options, TimeProvider time, ILoggerFactory logs)
    {
        _options = options;
        _time = time;
        _logs = logs;
    }

    /// <summary>Completes when the node serves; fails when it could not start.</summary>
    public Task Started => _started.Task;

    /// <summary>The operations on machines.</summary>
    /// <exception cref="InvalidOperationException">The node has not started, or has no control role.</exception>
    public MachineOperations Operations => _operations ?? throw NoControl();

    /// <summary>The past of the machines.</summary>
    /// <exception cref="InvalidOperationException">The node has not started, or has no control role.</exception>
    public MachineHistory History => Control.History;

    /// <summary>The machines.</summary>
    /// <exception cref="InvalidOperationException">The node has not started, or has no control role.</exception>
    public ControlNode Control => _control ?? throw NoControl();

    /// <summary>Where the node listens for others; the real port where 0 was asked for.</summary>
    public IPEndPoint? Endpoint { get; private set; }

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StartPartsAsync(cancellationToken);
            _started.TrySetResult();
        }
        catch (Exception error)
        {
            await DisposeAsync(); // Whatever it was: nothing half started stays behind.
            var told = Tell(error);
            _started.TrySetException(told);
            if (ReferenceEquals(told, error)) throw;
            throw told;
        }
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        for (var index = _parts.Count - 1; index >= 0; index--)
        {
            try
            {
                await _parts[index].DisposeAsync();
            }
            catch (Exception error)
            {
                // The others must still close cleanly, or their machines are compared block by block at the next start.
                _logs.CreateLogger<OrchestratorNode>().LogError(error, "Stopping {Part} failed", _parts[index].GetType().Name);
            }
        }

        _parts.Clear();
    }

    private async Task StartPartsAsync(CancellationToken cancellation)
    {
        var startedAt = _time.GetUtcNow();
        var data = Path.GetFullPath(_options.Node.DataDirectory);
        Directory.CreateDirectory(data);
        var identity = CertificateAuthority.LoadOrCreate(Or(_options.Node.CertificateDirectory, Path.Combine(data, "certificates")),
            _options.Sites.FirstOrDefault(site => site.Value.Directory.Length > 0).Key ?? Or(_options.Cluster.Name, "control"), _time);
        var local = await OpenLocalSitesAsync(identity);
        var listener = await ReplicationListener.StartAsync(IPEndPoint.Parse(_options.Node.Listen), identity, routes =>
        {
            routes.MapReplicaEndpoints((site, id) => local.GetValueOrDefault(site)?.Site.FindReplica(id), _time);
            routes.MapSiteEndpoints(site => local.GetValueOrDefault(site) is { } found ? (found.Site, found.Fabric) : null);
        }, cancellation);
        _parts.Add(listener);
        Endpoint = listener.Endpoint;
        if (_options.Node.Control) await StartControlAsync(data, identity, local, startedAt, cancellation);
    }

    private async Task StartControlAsync(
        string data, SiteIdentity identity, Dictionary<string, LocalParts> local, DateTimeOffset startedAt, CancellationToken cancellation)
    {
        var parts = _options.Journal.Provider == JournalProvider.Postgresql
            ? await JournalParts.OpenPostgresAsync(_options.Journal, _time, _parts.Add)
            : await JournalParts.OpenSqliteAsync(_options.Journal, data, _time, _logs, _parts.Add, cancellation);
        var cluster = _options.Cluster.Enabled
            ? await ClusterParts.ListenAsync(_options, identity, _time, _logs.CreateLogger<ClusterNode>(), _parts.Add, cancellation)
            : null;
        _control = new ControlNode(new ControlOptions
        {
            Journal = parts.Journal,
            ReadModels = parts.ReadModels,
            Router = cluster?.Router,
            Cluster = cluster is null ? null : cluster.Join,
            Sites = new SiteDirectory(_options.Sites.Select(site => SiteOf(site.Key, site.Value, identity, local))),
            Time = _time,
            Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            AskTimeout = _options.Actors.AskTimeout,
            MonitorInterval = _options.Actors.MonitorInterval,
            PassivateAfter = _options.Actors.PassivateAfter,
            AutomaticResync = _options.Replication.AutomaticResync,
        }, _logs);
        _parts.Add(_control);
        await _control.StartAsync(cancellation);
        _operations = new MachineOperations(_control, _options.Replication.RecoveryPointInterval);
        var api = new NodeApi(_control, _operations, parts.Inspector, startedAt, parts.Health);
        _parts.Add(await ApiSocket.StartAsync(Or(_options.Node.ApiSocket, NodeAddress.Default), api, cancellation));
    }

    private async Task<Dictionary<string, LocalParts>> OpenLocalSitesAsync(SiteIdentity identity)
    {
        Dictionary<string, LocalParts> sites = new(StringComparer.Ordinal);
        foreach (var (name, options) in _options.Sites.Where(site => site.Value.Directory.Length > 0))
        {
            var directory = Path.GetFullPath(options.Directory);
            var site = await LocalSite.OpenAsync(LocalOptions(name, directory, identity));
            _parts.Add(site);
            sites.Add(name, new LocalParts(site, new FolderFabric(Path.Combine(directory, "machines"), _time), directory));
        }

        return sites;
    }

    private LocalSiteOptions LocalOptions(string name, string directory, SiteIdentity identity) => new()
    {
        Name = name,
        Directory = directory,
        Identity = identity,
        Time = _time,
        Ids = Guid.NewGuid,
        RandomBytes = RandomNumberGenerator.GetBytes,
        ChangeLogSegment = (int)_options.Replication.ChangeLogSegment.Bytes,
        ChangeLogLimit = _options.Replication.ChangeLogLimit.Bytes,
        Connections = _options.Replication.Connections,
        Credit = _options.Replication.Credit.Bytes,
        BytesPerSecond = _options.Replication.BandwidthLimit.Bytes is > 0 and var limit ? limit : null,
        Retention = new RetentionPolicy { MaxAge = _options.Replication.RetentionAge, MaxPoints = _options.Replication.RetentionPoints },
    };

    private Site SiteOf(string name, SiteOptions options, SiteIdentity identity, Dictionary<string, LocalParts> local)
    {
        if (local.GetValueOrDefault(name) is { } here)
        {
            return new Site(new SiteName(name), options.Kind, here.Directory, here.Site, here.Fabric, new Uri($"https://{Endpoint}"));
        }

        var remote = new RemoteSite(name, new Uri(options.Address), identity, _time);
        _parts.Add(remote);
        return new Site(new SiteName(name), options.Kind, options.Address, remote, remote, new Uri(options.Address));
    }

    private static Exception Tell(Exception error) => error switch
    {
        ReplicationException e => new NodeException(new ErrorView(e.Code, e.Message, null, []), e),
        Actors.Persistence.JournalException e => new NodeException(new ErrorView(e.Code, e.Message, null, []), e),
        Actors.Cluster.ClusterException e => new NodeException(new ErrorView(e.Code, e.Message, null, []), e),
        BusException e => new NodeException(new ErrorView(e.Fault.Code, e.Message, null, []), e),
        _ => error,
    };

    private static string Or(string value, string fallback) => value.Length > 0 ? value : fallback;

    private static InvalidOperationException NoControl() =>
        new("The node has not started yet, or its configuration says node.control = false.");

    private sealed record LocalParts(LocalSite Site, FolderFabric Fabric, string Directory);
}

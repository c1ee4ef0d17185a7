using System.Collections.Concurrent;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Sites;

/// <summary>A site whose disks and replicas are on this node.</summary>
public sealed class LocalSite : IReplicationSite, IMachineTurns, IAsyncDisposable
{
    private readonly LocalSiteOptions _options;
    private readonly NbdServer _server;
    private readonly string _socket;
    private readonly ConcurrentDictionary<string, SiteMachine> _machines = new(StringComparer.Ordinal);
    private readonly ControlTerm? _term;

    private LocalSite(LocalSiteOptions options)
    {
        _options = options;
        _socket = Path.Combine(options.Directory, "nbd.sock");
        _server = new NbdServer(new NbdServerOptions { UnixSocketPath = _socket });
    }

    private LocalSite(LocalSite whole, ControlTerm term) =>
        (_options, _server, _socket, _machines, _term) = (whole._options, whole._server, whole._socket, whole._machines, term);

    /// <inheritdoc />
    public string Name => _options.Name;

    /// <summary>Opens the site and serves everything it served before.</summary>
    /// <exception cref="ReplicationException">A disk, log or replica cannot be opened; the message says which.</exception>
    public static async Task<LocalSite> OpenAsync(LocalSiteOptions options)
    {
        options = options with { Directory = Path.GetFullPath(options.Directory) };
        Directory.CreateDirectory(options.Directory);
        var site = new LocalSite(options);
        try
        {
            site.Reopen();
            site._server.Start();
            return site;
        }
        catch
        {
            await site.DisposeAsync(); // The machines that were opened hold their disks.
            throw;
        }
    }

    /// <summary>The replica of that name, for the link; null when there is none.</summary>
    public IReplica? FindReplica(string id) => _machines.TryGetValue(id, out var machine) ? machine.Replica : null;

    /// <inheritdoc />
    public IReplicationSite Under(ControlTerm term) => new LocalSite(this, term);

    /// <inheritdoc />
    public ValueTask<T> TakeAsync<T>(string id, Func<ValueTask<T>> effect, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(effect);
        return DoAsync(id, _ => effect().AsTask(), cancellation);
    }

    /// <inheritdoc />
    public ValueTask<long> MeasureDiskAsync(string path, CancellationToken cancellation) => ValueTask.FromResult(DiskLength.Of(path));

    /// <inheritdoc />
    public ValueTask<AttachedSource> AttachSourceAsync(SourceRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, machine => Task.FromResult(machine.Attach(request)), cancellation);

    /// <inheritdoc />
    public ValueTask StartReplicationAsync(ReplicationRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, machine => machine.StartRunAsync(request), cancellation);

    /// <inheritdoc />
    public ValueTask StopReplicationAsync(string id, bool forgetCopy, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.StopRunAsync(forgetCopy), cancellation);

    /// <inheritdoc />
    public ValueTask<SourceStatus?> GetSourceAsync(string id, CancellationToken cancellation) =>
        ValueTask.FromResult(_machines.TryGetValue(id, out var machine) ? machine.SourceStatus() : null);

    /// <inheritdoc />
    public ValueTask<EpochMark> QuiesceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, machine => Task.FromResult(machine.Quiesce(activation)), cancellation);

    /// <inheritdoc />
    public async ValueTask DrainAsync(string id, CancellationToken cancellation)
    {
        // Waiting changes nothing and takes long: it does not keep the turn.
        await DoAsync(id, static _ => { }, cancellation);
        await Machine(id).DrainAsync(cancellation);
    }

    /// <inheritdoc />
    public ValueTask FenceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.Fence(activation), cancellation);

    /// <inheritdoc />
    public ValueTask ResumeSourceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.Resume(activation), cancellation);

    /// <inheritdoc />
    public ValueTask ReleaseSourceAsync(string id, bool keepExport, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.ReleaseAsync(keepExport), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> DigestSourceAsync(string id, CancellationToken cancellation) =>
        DoAsync(id, machine => Task.FromResult(machine.DigestSource()), cancellation);

    /// <inheritdoc />
    public ValueTask PrepareReplicaAsync(ReplicaRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, machine => machine.Prepare(request), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<byte[]>> GetReplicaKeysAsync(string id, CancellationToken cancellation) =>
        DoAsync(id, machine => Task.FromResult(machine.Keys()), cancellation);

    /// <inheritdoc />
    public ValueTask<ReplicaStatus?> GetReplicaAsync(string id, CancellationToken cancellation) =>
        ValueTask.FromResult(_machines.TryGetValue(id, out var machine) ? machine.ReplicaStatus() : null);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<DiskExport>> OpenTestAsync(string id, Guid point, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, machine => Task.FromResult(machine.OpenTest(point, operation)), cancellation);

    /// <inheritdoc />
    public ValueTask CloseTestAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.CloseTest(), cancellation);

    /// <inheritdoc />
    public ValueTask<ActivatedReplica> ActivateAsync(
        string id, Guid? point, long activation, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, machine => Task.FromResult(machine.Activate(point, activation, operation)), cancellation);

    /// <inheritdoc />
    public ValueTask DeactivateAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.Deactivate(), cancellation);

    /// <inheritdoc />
    public ValueTask CommitAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.Commit(), cancellation);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> DigestReplicaAsync(string id, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.DigestReplicaAsync(cancellation), cancellation);

    /// <inheritdoc />
    public ValueTask RemoveReplicaAsync(string id, bool keepDisks, CancellationToken cancellation) =>
        DoAsync(id, machine => machine.RemoveReplica(keepDisks), cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_term is not null) return;
        foreach (var machine in _machines.Values) await machine.DisposeAsync();
        await _server.DisposeAsync();
    }

    private void Reopen()
    {
        var directories = Directory.GetDirectories(_options.Directory).Where(d => File.Exists(Path.Combine(d, "site.json")));
        foreach (var directory in directories.Order(StringComparer.Ordinal)) Machine(Path.GetFileName(directory)).Reopen();
    }

    private SiteMachine Machine(string id) => _machines.GetOrAdd(id, name => new SiteMachine(_options, _server, _socket, name));

    private async ValueTask<T> DoAsync<T>(string id, Func<SiteMachine, Task<T>> operation, CancellationToken cancellation)
    {
        var machine = Machine(id);
        return await machine.ExclusiveAsync(_term, () => operation(machine), cancellation);
    }

    private async ValueTask DoAsync(string id, Func<SiteMachine, Task> operation, CancellationToken cancellation)
    {
        var machine = Machine(id);
        await machine.ExclusiveAsync(_term, async () =>
        {
            await operation(machine);
            return true;
        }, cancellation);
    }

    private ValueTask DoAsync(string id, Action<SiteMachine> operation, CancellationToken cancellation) =>
        DoAsync(id, machine =>
        {
            operation(machine);
            return Task.CompletedTask;
        }, cancellation);
}

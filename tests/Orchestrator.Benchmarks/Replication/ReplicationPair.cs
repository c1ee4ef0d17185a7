using System.Net;
using System.Security.Cryptography;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Benchmarks.Replication;

/// <summary>Both ends of a replication over mutual TLS on loopback, in one process.</summary>
internal sealed class ReplicationPair : IAsyncDisposable
{
    private const string Name = "machine";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly SiteIdentity _source;
    private readonly SiteIdentity _target;
    private readonly CapturedMachine _machine;
    private readonly ReplicaStore _store;
    private readonly byte[][] _keys;
    private readonly string _directory;
    private ReplicationListener? _listener;

    /// <summary>Opens both ends; nothing flows yet.</summary>
    /// <param name="directory">For the log, the replica and the certificates.</param>
    /// <param name="disk">The source's disk.</param>
    /// <param name="seed">What the target has already; null for nothing.</param>
    public ReplicationPair(string directory, string disk, string? seed)
    {
        _directory = directory;
        var authority = Path.Combine(directory, "authority");
        _source = CertificateAuthority.LoadOrCreate(authority, "source", TimeProvider.System);
        _target = CertificateAuthority.LoadOrCreate(authority, "target", TimeProvider.System);
        _keys = [RandomNumberGenerator.GetBytes(BatchCodec.KeyLength)];
        _machine = CapturedMachine.Open(new CaptureOptions
        {
            LogDirectory = Path.Combine(directory, "log"), Disks = [disk], Ids = Guid.NewGuid, MaxBytes = 1L << 30,
        });
        _store = ReplicaStore.Open(new ReplicaOptions
        {
            Directory = Path.Combine(directory, "replica"), Disks = [new ReplicaDisk(SampleImage.Length, seed)], Codec = new BatchCodec(_keys),
        });
    }

    public string ReplicaPath => _store.DiskPaths[0];

    /// <summary>Starts the target's listener.</summary>
    public async Task ListenAsync() => _listener = await ReplicationListener.StartAsync(
        new IPEndPoint(IPAddress.Loopback, 0), _target,
        routes => routes.MapReplicaEndpoints((_, name) => name == Name ? _store : null, TimeProvider.System));

    /// <summary>Replicates until the replica is a consistent copy.</summary>
    public async Task ReplicateAsync(ReplicationMode mode)
    {
        using var link = new HttpReplicaLink(new ReplicaLinkOptions
        {
            Host = "127.0.0.1", Port = _listener!.Endpoint.Port, Site = "target", Replica = Name, PeerSite = "target",
            Identity = _source, Time = TimeProvider.System,
        });
        var session = new ReplicationSession(new ReplicationOptions
        {
            Source = _machine, Link = link, DiskKeys = _keys, Activation = 1, Time = TimeProvider.System, Mode = mode,
            ProgressPath = Path.Combine(_directory, "copy.progress"), ResyncKey = RandomNumberGenerator.GetBytes(BlockHash.KeyLength),
        });
        using var stop = new CancellationTokenSource(Limit, TimeProvider.System);
        var running = session.RunAsync(stop.Token);
        while (!(_store.Cursor is { Consistent: true, AppliedSequence: > 0 }) && !running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System));
        }

        await stop.CancelAsync();
        await running;
        if (_store.Cursor is not { Consistent: true })
        {
            throw new BenchException($"The replica was not consistent within {Limit}: {_store.Fault?.Message ?? session.Status.ToString()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        _store.Dispose();
        _machine.Dispose();
        _source.Dispose();
        _target.Dispose();
    }
}

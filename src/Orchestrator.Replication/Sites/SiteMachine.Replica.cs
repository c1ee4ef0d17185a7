using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Sites;

/// <content>The machine as a replica: receiving, tests, activation, commit.</content>
internal sealed partial class SiteMachine
{
    private ReplicaStore? _store;

    public void Prepare(ReplicaRequest request)
    {
        if (_store is { State: ReplicaState.Receiving }) return;
        if (_store is not null) throw State("prepared as a replica", $"its replica is {_store.State}");
        RequireFree([.. request.Disks.Where(disk => disk.SeedPath is not null).Select(disk => disk.SeedPath!)]);
        Remember(record => record with { Replica = request.Disks, Test = null });
        OpenStore();
    }

    public IReadOnlyList<byte[]> Keys() =>
        KeyFiles.LoadOrCreate(KeyDirectory, Stored() is var store ? store.DiskLengths.Count : 0, _options.RandomBytes);

    public ReplicaStatus? ReplicaStatus()
    {
        if (_store is not { } store) return null;
        var cursor = store.Cursor;
        var fault = store.Fault is { } error ? new ReplicationFault(error.Code, error.Message, error.IsTransient) : null;
        var isActive = store.State != ReplicaState.Receiving;
        return new ReplicaStatus(
            store.State.ToString(), cursor.Consistent, cursor.AppliedSequence,
            [.. store.Points.Select(p => new ReplicaPointStatus(p.Id, p.Epoch, p.Sequence, p.Kind, p.TakenAt, p.AvailableAt))],
            isActive ? _exports.All : [], _testExports.All, store.DiskPaths, fault);
    }

    public IReadOnlyList<DiskExport> OpenTest(Guid point, Guid operation)
    {
        var mounted = Stored().OpenTest(operation, point);
        Remember(record => record with { Test = operation });
        ServeTest(mounted);
        return _testExports.All;
    }

    public void CloseTest()
    {
        _testExports.Close();
        if (_record.Test is { } open) _store?.CloseTest(open);
        Remember(record => record with { Test = null });
    }

    public ActivatedReplica Activate(Guid? point, long activation, Guid operation)
    {
        var mounted = Stored().Activate(operation, point, activation);
        ServeActive(mounted);
        return new ActivatedReplica(mounted.Point.Id, _exports.All);
    }

    public void Deactivate()
    {
        var store = Stored();
        if (store.State == ReplicaState.Receiving) return;
        _exports.Close();
        store.Deactivate(store.ActiveOperation);
    }

    public void Commit()
    {
        if (_capture is not null && _store is null) return; // Committed before, and replicating the other way already.
        var store = Stored();
        store.Commit(store.ActiveOperation);
    }

    public async Task<IReadOnlyList<string>> DigestReplicaAsync(CancellationToken cancellation)
    {
        var store = Stored();
        await store.DrainAsync(store.CompleteSequence, cancellation);
        return [.. store.Digest().Sha256.Select(Convert.ToHexStringLower)];
    }

    public void RemoveReplica(bool keepDisks)
    {
        CloseTest();
        if (_store is { } store)
        {
            store.Remove(keepDisks);
            _store = null;
        }

        Remember(record => record with { Replica = null, Test = null });
        if (Directory.Exists(KeyDirectory)) Directory.Delete(KeyDirectory, recursive: true);
    }

    private void OpenStore()
    {
        var disks = _record.Replica!;
        _store = ReplicaStore.Open(new ReplicaOptions
        {
            Directory = ReplicaDirectory,
            Disks = [.. disks.Select(disk => new ReplicaDisk(disk.Length, disk.SeedPath))],
            Codec = new BatchCodec(KeyFiles.LoadOrCreate(KeyDirectory, disks.Count, _options.RandomBytes)),
            TimeProvider = _options.Time,
            Retention = _options.Retention,
        });
    }

    private void ServeActive(MountedPoint mounted) => ServeOnce(_exports, mounted);

    private void ServeTest(MountedPoint mounted) => ServeOnce(_testExports, mounted);

    /// <summary>The store answers a repeated call with the same devices: they are below the exports already.</summary>
    private void ServeOnce(DiskExports exports, MountedPoint mounted)
    {
        if (exports.All.Count == 0) exports.Serve(mounted.Disks, Stored().DiskPaths);
    }

    private ReplicaStore Stored() => _store ?? throw new ReplicationException(
        ErrorCodes.ReplicaNotFound, $"Site {_options.Name} has no replica of {_id}. Prepare it first.", isTransient: false);
}

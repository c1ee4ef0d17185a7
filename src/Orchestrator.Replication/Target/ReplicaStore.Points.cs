using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <content>Recovery points opened for reading and for tests.</content>
public sealed partial class ReplicaStore
{
    private readonly Dictionary<Guid, PointMount> _tests = [];

    private string TestsDirectory => Path.Combine(_options.Directory, "tests");

    /// <summary>Opens a disk exactly as it was at a point, read-only, while replication goes on. Dispose it: until then the point stays.</summary>
    /// <param name="pointId">The point.</param>
    /// <param name="disk">The disk's index.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.PointNotFound"/>; <see cref="ErrorCodes.ReplicaCorrupt"/> here or from a
    /// read when stored old content is damaged.</exception>
    public IBlockDevice OpenPoint(Guid pointId, int disk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)disk, (uint)_images.Disks.Count, nameof(disk));
        RefuseWithoutHistory("opened at a point");
        return _images.OpenView(pointId, disk);
    }

    /// <summary>Opens a point for a test failover: writes go to an overlay of the operation's own, replication goes on untouched.</summary>
    /// <remarks>The same operation again, also after a restart, returns the same disks with what was written to them.</remarks>
    /// <param name="operation">The operation's id.</param>
    /// <param name="pointId">The point; null is the newest.</param>
    /// <param name="disks">Which disks; null is all.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.PointNotFound"/>, <see cref="ErrorCodes.ReplicaCorrupt"/>,
    /// <see cref="ErrorCodes.ReplicaState"/> after a commit or when the operation has another point open.</exception>
    public MountedPoint OpenTest(Guid operation, Guid? pointId = null, IReadOnlyList<int>? disks = null)
    {
        lock (_operations)
        {
            RefuseWithoutHistory("tested");
            var mount = FindTest(operation) ?? CreateTest(operation, pointId, disks);
            if (pointId is { } wanted && wanted != mount.PointId)
            {
                throw new ReplicationException(
                    ErrorCodes.ReplicaState, $"The operation {operation} already has the recovery point {mount.PointId} open.", false);
            }

            return mount.Mounted;
        }
    }

    /// <summary>Ends a test failover and throws away what was written; nothing happens when it is not open.</summary>
    /// <param name="operation">The operation that opened it.</param>
    public void CloseTest(Guid operation)
    {
        lock (_operations)
        {
            if (_tests.Remove(operation, out var mount))
            {
                mount.Delete(_step);
            }
            else
            {
                PointMount.Delete(Path.Combine(TestsDirectory, operation.ToString("N")), _step);
            }
        }
    }

    private static string[] MountDirectories(string parent) =>
        Directory.Exists(parent) ? Directory.GetDirectories(parent) : [];

    private PointMount? FindTest(Guid operation)
    {
        var directory = Path.Combine(TestsDirectory, operation.ToString("N"));
        if (!_tests.TryGetValue(operation, out var mount) && Directory.Exists(directory)
            && (mount = PointMount.TryReopen(directory, _images)) is not null)
        {
            _tests.Add(operation, mount);
        }

        return mount;
    }

    private PointMount CreateTest(Guid operation, Guid? pointId, IReadOnlyList<int>? disks)
    {
        var mount = PointMount.Create(
            TestsDirectory, operation, pointId ?? LatestPoint().Id, disks ?? AllDisks(), _images, _step);
        _tests.Add(operation, mount);
        return mount;
    }

    private List<int> AllDisks() => Enumerable.Range(0, _images.Disks.Count).ToList();

    private RecoveryPoint LatestPoint() => Points is [.., var latest] ? latest : throw new ReplicationException(
        ErrorCodes.PointNotFound, "There is no recovery point yet: the initial replication has not come to its end.", isTransient: true);

    private void RefuseWithoutHistory(string refused)
    {
        if (State is ReplicaState.Committing or ReplicaState.Committed)
        {
            throw InState(refused, "Its recovery points are gone");
        }
    }

    /// <summary>Reopens what was mounted, so that its points stay. What cannot be opened says so to whoever asks for it.</summary>
    private void RecoverMounts()
    {
        foreach (var directory in MountDirectories(TestsDirectory))
        {
            TryRecover(() => Guid.TryParseExact(Path.GetFileName(directory), "N", out var operation) ? FindTest(operation) : null);
        }

        foreach (var directory in MountDirectories(ActiveDirectory))
        {
            if (State is ReplicaState.Active or ReplicaState.Committing
                && Path.GetFileName(directory) == _control.ActiveOperation.ToString("N"))
            {
                TryRecover(() => _active = PointMount.TryReopen(directory, _images));
            }
            else
            {
                PointMount.Delete(directory, _step);
            }
        }
    }

    private static void TryRecover(Func<PointMount?> open)
    {
        try
        {
            open();
        }
        catch (ReplicationException)
        {
            // Asking for the operation again meets the same error and reports it.
        }
    }

    private void CloseMounts()
    {
        foreach (var mount in _tests.Values)
        {
            mount.Close();
        }

        _active?.Close();
        _committed?.ForEach(d => d.Fence());
    }
}

using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Replication.Target;

/// <summary>
/// One machine's replica on this node's disks: stores batches durably, applies them an epoch at a time, keeps every recovery point
/// readable, and turns a point into running disks.
/// </summary>
/// <remarks>
/// Directory: <c>control</c> (the state, two slots), <c>disk-N.raw</c> (the disks, always completed to an epoch's end), <c>ingest/</c> (batches as
/// received), <c>undo/</c> (one file per recovery point: what the pages overwritten since held), <c>tests/</c> and <c>active/</c> (overlays of mounted points).
/// A batch is durable in <c>ingest</c> before the sender hears of it. Applying saves old pages, flushes them, overwrites the disk, flushes it, and only
/// then advances <c>control</c> and deletes the batch: a crash anywhere is repaired by applying again. After a failed flush nothing is
/// acknowledged until the store is opened anew. Disposing writes nothing, it is no different from a crash. Thread-safe.
/// </remarks>
public sealed partial class ReplicaStore : IReplica, IDisposable
{
    private readonly ReplicaOptions _options;
    private readonly Action<string> _step;
    private readonly SafeFileHandle _directoryLock;
    private readonly ControlFile _controlFile;
    private readonly ReplicaImages _images;
    private readonly IngestLog _ingest;
    private readonly IngestBacklog _backlog = new();

    // Taken in this order; _gate guards the backlog, the fault and the session, and is never held over I/O.
    private readonly Lock _operations = new();
    private readonly Lock _apply = new();
    private readonly Lock _controlGate = new();
    private readonly object _gate = new();

    private ControlRecord _control;
    private ReplicaFault? _fault;
    private bool _stopping;

    private ReplicaStore(ReplicaOptions options, SafeFileHandle directoryLock)
    {
        _options = options;
        _step = options.Step ?? (static _ => { });
        _directoryLock = directoryLock;
        var initial = new ControlRecord { DiskLengths = options.Disks.Select(d => d.Length).ToList() };
        (_controlFile, _control) = ControlFile.Open(Path.Combine(options.Directory, "control"), initial, _step);
        _ingest = new IngestLog(options, _step);
        _images = new ReplicaImages(OpenDisks(), new UndoLog(options.Directory, _step));
        _applier = new Thread(ApplyLoop) { IsBackground = true, Name = "replica applier" };
    }

    /// <summary>What the replica is there for at the moment.</summary>
    public ReplicaState State => Volatile.Read(ref _control).State;

    /// <summary>The operation the machine is active under; empty while receiving.</summary>
    public Guid ActiveOperation => Volatile.Read(ref _control).ActiveOperation;

    /// <summary>The recovery points, oldest first.</summary>
    public IReadOnlyList<RecoveryPoint> Points => _images.Undo.Points;

    /// <summary>The images of the disks.</summary>
    public IReadOnlyList<string> DiskPaths => _images.Disks.Select(d => d.Path).ToList();

    /// <summary>The sizes of the disks in bytes.</summary>
    public IReadOnlyList<long> DiskLengths => Volatile.Read(ref _control).DiskLengths;

    /// <summary>Why the replica does not go on, or null; transient when it will by itself.</summary>
    public ReplicationException? Fault
    {
        get
        {
            lock (_gate)
            {
                return _fault?.Error;
            }
        }
    }

    /// <summary>The mark of the last epoch that has arrived completely: what <see cref="DrainAsync"/> can reach without the source.</summary>
    public long CompleteSequence
    {
        get
        {
            lock (_gate)
            {
                return _backlog.CompleteSequence;
            }
        }
    }

    /// <summary>Bytes received and not yet applied.</summary>
    public long BacklogBytes
    {
        get
        {
            lock (_gate)
            {
                return _backlog.ReadyBytes;
            }
        }
    }

    /// <summary>Opens a replica, finishing what a crash interrupted; creates it when the directory holds none.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskInUse"/> when another store has it open,
    /// <see cref="ErrorCodes.ReplicaCorrupt"/> when its state is lost. Damage that leaves points usable is told by <see cref="Fault"/> instead.</exception>
    public static ReplicaStore Open(ReplicaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Disks.Count == 0 || options.Disks.Any(d => d.Length <= 0))
        {
            throw new ArgumentException("A replica needs at least one disk, each above 0 bytes.", nameof(options));
        }

        options = options with { Directory = Path.GetFullPath(options.Directory) };
        Directory.CreateDirectory(options.Directory);
        var store = Create(options);
        try
        {
            store.Recover();
            store._applier.Start();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Ends the store and deletes its directory's content.</summary>
    /// <param name="keepDisks">Leaves the images. Images outside the directory always stay: they belong to somebody else.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaState"/> while the machine is active here and not committed.</exception>
    public void Remove(bool keepDisks)
    {
        lock (_operations)
        {
            if (State is ReplicaState.Active or ReplicaState.Committing)
            {
                throw InState("removed", "Commit or cancel the failover first");
            }
        }

        Dispose();
        var disks = DiskPaths.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        // The control file first: without it what is left is no replica any more, whatever happens next.
        File.Delete(Path.Combine(_options.Directory, "control"));
        foreach (var directory in Directory.GetDirectories(_options.Directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        foreach (var file in Directory.GetFiles(_options.Directory).Where(f => !keepDisks || !disks.Contains(f)))
        {
            File.Delete(file);
        }
    }

    /// <summary>Stops at once. Nothing is written: opening again finds everything acknowledged.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        if (_applier.IsAlive)
        {
            _applier.Join();
        }

        FailWaiters(new ObjectDisposedException(nameof(ReplicaStore)));
        _retryTimer?.Dispose();
        CloseMounts();
        _ingest.Dispose();
        _images.Dispose();
        _controlFile.Dispose();
        _directoryLock.Dispose();
    }

    private static ReplicaStore Create(ReplicaOptions options)
    {
        var directoryLock = LockDirectory(options.Directory);
        try
        {
            return new ReplicaStore(options, directoryLock);
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
    }

    private static SafeFileHandle LockDirectory(string directory)
    {
        try
        {
            return File.OpenHandle(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new ReplicationException(
                ErrorCodes.DiskInUse, $"The replica in {directory} is open in another process: {e.Message}", isTransient: true, e);
        }
    }

    private List<BaseDisk> OpenDisks()
    {
        if (_control.DiskLengths.Count != _options.Disks.Count)
        {
            _controlFile.Dispose();
            throw new ReplicationException(
                ErrorCodes.ReplicaState,
                $"The replica in {_options.Directory} has {_control.DiskLengths.Count} disks, {_options.Disks.Count} were given.", false);
        }

        var disks = new List<BaseDisk>();
        try
        {
            for (var i = 0; i < _options.Disks.Count; i++)
            {
                var path = _options.Disks[i].Path ?? Path.Combine(_options.Directory, $"disk-{i}.raw");
                disks.Add(BaseDisk.Open(path, _control.DiskLengths[i], _step));
            }

            return disks;
        }
        catch
        {
            disks.ForEach(d => d.Dispose());
            _controlFile.Dispose();
            throw;
        }
    }

    private void Recover()
    {
        RecoverUndo();
        var (entries, damage) = _ingest.Recover(_control);
        _backlog.Reset(_control.NextApply, _control.PrefixSequence, _control.AppliedEpoch, _control.AppliedSequence);
        _settledSequence = _control.AppliedSequence;
        foreach (var entry in entries)
        {
            _backlog.Add(entry);
        }

        if (damage is not null && _fault is null)
        {
            _fault = new ReplicaFault(FaultScope.Session, damage);
        }

        RecoverMounts();
    }

    private void RecoverUndo()
    {
        try
        {
            _images.Undo.Recover(_control);
            // Entries in the running interval of a consistent replica: the next epoch was being applied.
            _halfApplied = _control.Consistent && _images.Undo.Running is { } running && running.HasEntries();
        }
        catch (ReplicationException e) when (e.Code == ErrorCodes.ReplicaCorrupt)
        {
            _fault = new ReplicaFault(FaultScope.History, e);
            _halfApplied = true;
        }
    }

    /// <summary>Changes the durable state as one step.</summary>
    private void UpdateControl(Func<ControlRecord, ControlRecord> change)
    {
        lock (_controlGate)
        {
            var next = change(_control);
            try
            {
                _controlFile.Save(next);
            }
            catch (ReplicationException e)
            {
                // Whether the new state is durable is unknown.
                Fail(new ReplicaFault(FaultScope.Store, e));
                throw;
            }

            Volatile.Write(ref _control, next);
        }
    }

    /// <summary>Records why the replica does not go on; a graver reason wins.</summary>
    private void Fail(ReplicaFault fault)
    {
        lock (_gate)
        {
            if (_fault is null || _fault.Scope <= fault.Scope)
            {
                _fault = fault;
            }

            Monitor.PulseAll(_gate);
        }

        if (fault.Scope != FaultScope.Retry)
        {
            FailWaiters(fault.ToException());
        }
    }

    private ReplicationException InState(string refused, string advice) => new(
        ErrorCodes.ReplicaState,
        $"The replica in {_options.Directory} is {State} and cannot be {refused}. {advice}.", isTransient: false);
}

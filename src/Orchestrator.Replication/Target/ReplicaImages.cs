namespace Orchestrator.Replication.Target;

/// <summary>The disks and the old contents of their pages: what the applier changes and views read.</summary>
/// <remarks>The lock makes one batch one step for readers: undo entries are published and the disk is overwritten under it.</remarks>
internal sealed class ReplicaImages(IReadOnlyList<BaseDisk> disks, UndoLog undo) : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly List<PointView> _views = [];

    public IReadOnlyList<BaseDisk> Disks => disks;

    public UndoLog Undo => undo;

    public ReadScope EnterRead()
    {
        _lock.EnterReadLock();
        return new ReadScope(_lock);
    }

    public void Exclusively(Action change)
    {
        _lock.EnterWriteLock();
        try
        {
            change();
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Saves what the changes are about to overwrite, overwrites it.</summary>
    public void Apply(IReadOnlyList<ReplicaChange> changes)
    {
        var saved = undo.Running is { } interval ? new UndoSaver(disks, interval, undo.Step).Save(changes) : [];
        Exclusively(() =>
        {
            foreach (var run in saved)
            {
                UndoInterval.AddTo(undo.Running!.Maps!, run);
            }

            foreach (var change in changes)
            {
                Write(change);
            }
        });
    }

    public void Flush()
    {
        foreach (var disk in disks)
        {
            disk.Flush();
        }
    }

    /// <summary>Begins an interval: from here on the point exists.</summary>
    public void StartInterval(UndoInterval next)
    {
        UndoInterval? closed = null;
        Exclusively(() =>
        {
            closed = undo.Start(next);
            _views.ForEach(v => v.OnIntervalStarted(next));
        });
        if (closed is not null)
        {
            closed.WriteIndex();
            ReleaseUnusedMaps();
        }
    }

    /// <summary>Opens a point's disk; dispose it to let the point go.</summary>
    public PointView OpenView(Guid point, int disk)
    {
        PointView? view = null;
        Exclusively(() => _views.Add(view = new PointView(this, undo.ChainFrom(point), disk)));
        try
        {
            view!.Load();
            return view;
        }
        catch
        {
            view!.Dispose();
            throw;
        }
    }

    public void Close(PointView view) => Exclusively(() => _views.Remove(view));

    /// <summary>The points somebody has open.</summary>
    public IReadOnlyList<Guid> OpenPoints()
    {
        using var scope = EnterRead();
        return _views.Select(v => v.PointId).ToList();
    }

    /// <summary>Drops the oldest points the policy does not want any more, up to the first that is open.</summary>
    public void Retain(RetentionPolicy policy)
    {
        IReadOnlyList<UndoInterval> dropped = [];
        Exclusively(() =>
        {
            var points = undo.Points;
            var count = 0;
            while (count < points.Count - 1
                && (points.Count - count > policy.MaxPoints || points[^1].TakenAt - points[count].TakenAt > policy.MaxAge)
                && !_views.Exists(v => v.PointId == points[count].Id))
            {
                count++;
            }

            dropped = undo.RemoveOldest(count);
        });
        undo.Delete(dropped);
    }

    public void Dispose()
    {
        undo.Dispose();
        foreach (var disk in disks)
        {
            disk.Dispose();
        }
    }

    private void ReleaseUnusedMaps() => Exclusively(() =>
    {
        foreach (var interval in undo.Intervals.Where(i => i != undo.Running && i.Maps is not null && !_views.Exists(v => v.Uses(i))))
        {
            interval.Maps = null;
        }
    });

    private void Write(ReplicaChange change)
    {
        if (change.IsZero)
        {
            disks[change.Disk].WriteZeroes(change.Offset, change.Length, mayDeallocate: true);
        }
        else
        {
            disks[change.Disk].Write(change.Offset, change.Data.Span);
        }
    }

    internal readonly ref struct ReadScope(ReaderWriterLockSlim held)
    {
        public void Dispose() => held.ExitReadLock();
    }
}

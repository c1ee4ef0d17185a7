using System.Globalization;

namespace Orchestrator.Replication.Target;

/// <summary>The chain of undo intervals: one per recovery point, oldest first, the last one in use.</summary>
/// <remarks>
/// A point's content = for each page the oldest entry in the point's own interval or a later one, else the disk itself. The applier alone
/// saves and closes; everybody else looks up under the images' lock, and the list is guarded by its own.
/// </remarks>
internal sealed class UndoLog(string directory, Action<string> step) : IDisposable
{
    private readonly string _directory = Path.Combine(directory, "undo");
    private readonly Lock _gate = new();
    private List<UndoInterval> _intervals = [];

    /// <summary>The interval in use, or null while there is no point.</summary>
    public UndoInterval? Running { get; private set; }

    public Action<string> Step => step;

    /// <summary>All intervals, oldest first.</summary>
    public IReadOnlyList<UndoInterval> Intervals
    {
        get
        {
            lock (_gate)
            {
                return _intervals.ToList();
            }
        }
    }

    public IReadOnlyList<RecoveryPoint> Points => Intervals.Select(i => i.Point).ToList();

    /// <summary>Loads the chain as the control record knows it.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/> when the interval in use is damaged.</exception>
    public void Recover(ControlRecord control)
    {
        Directory.CreateDirectory(_directory);
        foreach (var path in Directory.GetFiles(_directory, "*.undo").Order(StringComparer.Ordinal))
        {
            var ordinal = long.Parse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture);
            if (ordinal > control.Interval)
            {
                DeleteUnfinished(path, ordinal);
            }
            else if (UndoInterval.TryOpen(path, ordinal) is { } interval)
            {
                _intervals.Add(interval);
            }
        }

        if (control.Interval == 0)
        {
            DropAll();
            return;
        }

        if (_intervals.Count == 0 || _intervals[^1].Ordinal != control.Interval)
        {
            throw Damaged(PathOf(control.Interval));
        }

        _intervals[^1].Recover(control.IntervalDurable);
        Running = _intervals[^1];
    }

    /// <summary>The intervals from a point on, complete and in order.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.PointNotFound"/>, or
    /// <see cref="ErrorCodes.ReplicaCorrupt"/> when one is missing.</exception>
    public IReadOnlyList<UndoInterval> ChainFrom(Guid point)
    {
        var all = Intervals;
        var first = all.ToList().FindIndex(i => i.Point.Id == point);
        if (first < 0)
        {
            throw new ReplicationException(
                ErrorCodes.PointNotFound, $"The recovery point {point} does not exist (any more). Choose one of the list.", false);
        }

        var chain = all.Skip(first).ToList();
        for (var i = 1; i < chain.Count; i++)
        {
            if (chain[i].Ordinal != chain[i - 1].Ordinal + 1)
            {
                throw Damaged(PathOf(chain[i - 1].Ordinal + 1));
            }
        }

        return chain;
    }

    /// <summary>The maps of a closed interval out of a chain.</summary>
    public static PageMap[] MapsOf(IReadOnlyList<UndoInterval> chain, int index) =>
        chain[index].LoadMaps(index + 1 < chain.Count ? chain[index + 1].PreviousLength : 0);

    /// <summary>Creates the next interval's file, which nobody sees before <see cref="Start"/>.</summary>
    public UndoInterval CreateNext(RecoveryPoint point)
    {
        step("undo.create");
        var ordinal = (Running?.Ordinal ?? 0) + 1;
        return UndoInterval.Create(PathOf(ordinal), ordinal, point, Running?.Tail ?? 0);
    }

    /// <summary>Puts a created interval in use; returns the one that is closed now, its map still loaded.</summary>
    public UndoInterval? Start(UndoInterval next)
    {
        lock (_gate)
        {
            var closed = Running;
            _intervals = [.. _intervals, next];
            Running = next;
            return closed;
        }
    }

    /// <summary>Takes the oldest intervals off the list; <see cref="Delete"/> removes their files.</summary>
    public IReadOnlyList<UndoInterval> RemoveOldest(int count)
    {
        lock (_gate)
        {
            var removed = _intervals[..count];
            _intervals = _intervals[count..];
            return removed;
        }
    }

    public void Delete(IReadOnlyList<UndoInterval> removed)
    {
        foreach (var interval in removed)
        {
            step("undo.delete");
            interval.Delete();
        }
    }

    /// <summary>Forgets all points.</summary>
    public void DropAll()
    {
        Running = null;
        Delete(RemoveOldest(Intervals.Count));
        foreach (var path in Directory.GetFiles(_directory))
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        foreach (var interval in Intervals)
        {
            interval.Dispose();
        }
    }

    private static void DeleteUnfinished(string path, long ordinal)
    {
        using (var interval = UndoInterval.TryOpen(path, ordinal))
        {
            // An interval that holds entries was in use: then the control record is an old one, because the newest rotted.
            if (interval is not null && interval.HasEntries())
            {
                throw Damaged(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "control"));
            }
        }

        File.Delete(path);
    }

    private static ReplicationException Damaged(string path) => new(
        ErrorCodes.ReplicaCorrupt,
        $"{path} is missing or damaged: the recovery points that need it cannot be opened. Resynchronize the replica.",
        isTransient: false);

    private string PathOf(long ordinal) =>
        Path.Combine(_directory, ordinal.ToString("D12", CultureInfo.InvariantCulture) + ".undo");
}

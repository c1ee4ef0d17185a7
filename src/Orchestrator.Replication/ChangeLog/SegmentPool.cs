using System.Globalization;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>The segment files of a machine's change log: keeps spare ones ready, recycles used ones, never exceeds its limit.</summary>
/// <remarks>
/// Recycling is what makes appending cheap: a file that was written before needs neither allocation nor a journal commit, and its pages
/// are in the cache. New files are made by a thread of the pool, so that a guest's write does not wait for the allocation.
/// </remarks>
internal sealed class SegmentPool : IDisposable
{
    private const int MaxSpares = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly string _directory;
    private readonly int _segmentBytes;
    private readonly long _maxBytes;
    private readonly object _monitor = new();
    private readonly List<Segment> _spares = []; // The last one was used last: its pages are mapped and in the cache.
    private readonly Thread _maker;
    private int _files;
    private long _nextName = 1;
    private int _waiting;
    private string? _failure;
    private bool _disposed;

    private SegmentPool(string directory, int segmentBytes, long maxBytes)
    {
        (_directory, _segmentBytes, _maxBytes) = (directory, segmentBytes, maxBytes);
        _maker = new Thread(Make) { IsBackground = true, Name = "change log segments" };
    }

    /// <summary>Opens the segments of a directory.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="segmentBytes">The size of a new one.</param>
    /// <param name="maxBytes">The size of all of them together.</param>
    /// <param name="isLive">Tells whether a segment with an intact header is still needed; the others become spares.</param>
    /// <returns>The pool and the segments that are needed.</returns>
    public static (SegmentPool Pool, List<Segment> Live) Open(string directory, int segmentBytes, long maxBytes, Func<Segment, bool> isLive)
    {
        var pool = new SegmentPool(directory, segmentBytes, maxBytes);
        var live = new List<Segment>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.segment"))
        {
            var segment = new Segment(MappedFile.Open(path, segmentBytes));
            pool._files++;
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture, out var name))
            {
                pool._nextName = Math.Max(pool._nextName, name + 1);
            }

            if (segment.TryLoad() && isLive(segment))
            {
                live.Add(segment);
            }
            else
            {
                pool._spares.Add(segment);
            }
        }

        pool._maker.Start();
        return (pool, live);
    }

    /// <summary>Whether the directory holds segments at all.</summary>
    public static bool HasSegments(string directory) => Directory.EnumerateFiles(directory, "*.segment").Any();

    /// <summary>Takes a spare segment; null with the reason when none can be had soon.</summary>
    public Segment? TryTake(out string reason)
    {
        lock (_monitor)
        {
            _failure = null;
            _waiting++;
            Monitor.PulseAll(_monitor);
            var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (_spares.Count == 0 && _failure is null && MayGrow && deadline > Environment.TickCount64)
            {
                Monitor.Wait(_monitor, (int)Math.Max(1, deadline - Environment.TickCount64));
            }

            _waiting--;
            reason = _failure ?? (MayGrow ? "no space was reserved in time" : $"its limit of {_maxBytes} bytes is reached");
            return TakeAt(_spares.Count - 1);
        }
    }

    /// <summary>Takes back segments nobody needs any more.</summary>
    public void Recycle(IEnumerable<Segment> segments)
    {
        lock (_monitor)
        {
            foreach (var segment in segments)
            {
                _spares.LastOrDefault()?.File.Evict(); // One in memory is enough.
                _spares.Add(segment);
            }

            Monitor.PulseAll(_monitor);
        }
    }

    public void Dispose()
    {
        lock (_monitor)
        {
            _disposed = true;
            Monitor.PulseAll(_monitor);
        }

        _maker.Join();
        foreach (var segment in _spares)
        {
            segment.Dispose();
        }
    }

    private bool MayGrow => (_files + 1L) * _segmentBytes <= _maxBytes;

    private bool NeedsOne => MayGrow && _failure is null && (_spares.Count == 0 || _waiting > _spares.Count);

    private void Make()
    {
        while (true)
        {
            Segment? surplus;
            lock (_monitor)
            {
                surplus = null;
                while (!_disposed && !NeedsOne && !TryTakeSurplus(out surplus))
                {
                    Monitor.Wait(_monitor);
                }

                if (_disposed)
                {
                    surplus?.Dispose();
                    return;
                }
            }

            if (surplus is not null)
            {
                Delete(surplus);
            }
            else
            {
                Add();
            }
        }
    }

    private bool TryTakeSurplus(out Segment? surplus)
    {
        surplus = _spares.Count > MaxSpares ? TakeAt(0) : null;
        return surplus is not null;
    }

    private Segment? TakeAt(int index)
    {
        if (index < 0)
        {
            return null;
        }

        var segment = _spares[index];
        _spares.RemoveAt(index);
        return segment;
    }

    private void Add()
    {
        Segment? segment = null;
        string? failure = null;
        var path = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{_nextName++:D8}.segment"));
        try
        {
            segment = new Segment(MappedFile.Open(path, _segmentBytes));
        }
        catch (ReplicationException error)
        {
            failure = error.Message;
            TryDelete(path);
        }

        lock (_monitor)
        {
            _failure = failure;
            if (segment is not null)
            {
                _files++;
                _spares.Add(segment);
            }

            Monitor.PulseAll(_monitor);
        }
    }

    private void Delete(Segment segment)
    {
        segment.Dispose();
        TryDelete(segment.File.Path);
        lock (_monitor)
        {
            _files--;
            Monitor.PulseAll(_monitor);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is found as a spare when the log is opened again.
        }
    }
}

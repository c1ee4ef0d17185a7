namespace Orchestrator.Replication.ChangeLog;

/// <summary>Counts the bytes logged and not released, to about a mebibyte. Used under the append lock.</summary>
internal sealed class Backlog
{
    private const long Grain = 1 << 20;
    private readonly Queue<(long Sequence, long Total)> _steps = new();
    private long _total;
    private long _released;
    private long _lastStep;

    /// <summary>The bytes.</summary>
    public long Bytes => Interlocked.Read(ref _total) - Interlocked.Read(ref _released);

    public void Add(long sequence, long bytes)
    {
        Interlocked.Exchange(ref _total, _total + bytes);
        if (_total - _lastStep >= Grain)
        {
            _lastStep = _total;
            _steps.Enqueue((sequence, _total));
        }
    }

    public void Release(long sequence, bool isAll)
    {
        while (_steps.TryPeek(out var step) && step.Sequence <= sequence)
        {
            Interlocked.Exchange(ref _released, step.Total);
            _steps.Dequeue();
        }

        if (isAll)
        {
            Interlocked.Exchange(ref _released, _total);
        }
    }

    public void Clear() => Release(long.MaxValue, isAll: true);
}

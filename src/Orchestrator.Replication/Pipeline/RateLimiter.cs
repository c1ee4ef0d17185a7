namespace Orchestrator.Replication.Pipeline;

/// <summary>Spaces bytes out so that a rate is kept on average. Thread-safe; waiters go in the order they came.</summary>
public sealed class RateLimiter
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly double _bytesPerSecond;
    private readonly long _start;
    private TimeSpan _free;

    /// <summary>Creates a limiter of so many bytes per second.</summary>
    public RateLimiter(long bytesPerSecond, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        _bytesPerSecond = bytesPerSecond;
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>Completes when so many bytes may go.</summary>
    public Task WaitAsync(long bytes, CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = _time.GetElapsedTime(_start);
            var begin = _free > now ? _free : now;
            _free = begin + TimeSpan.FromSeconds(bytes / _bytesPerSecond);
            wait = begin - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, _time, cancellation) : Task.CompletedTask;
    }
}

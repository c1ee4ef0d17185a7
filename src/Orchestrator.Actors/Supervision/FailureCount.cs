namespace Orchestrator.Actors.Supervision;

/// <summary>Failures in a row; running long enough clears them.</summary>
internal struct FailureCount
{
    private long? _startedAt;

    public int Count { get; private set; }

    public void Started(TimeProvider time) => _startedAt = time.GetTimestamp();

    /// <summary>Counts a failure and returns how many there were in a row.</summary>
    public int Failed(TimeProvider time, TimeSpan resetAfter)
    {
        if (_startedAt is { } at && time.GetElapsedTime(at) >= resetAfter)
            Count = 0;

        return ++Count;
    }
}

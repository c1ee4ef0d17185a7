namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Monotonic time since the clock was made: deadlines must not follow a wall clock that is set.</summary>
internal sealed class BusClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_start);

    public TimeProvider Time => time;
}

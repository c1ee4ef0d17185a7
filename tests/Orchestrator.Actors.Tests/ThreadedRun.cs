namespace Orchestrator.Actors.Tests;

/// <summary>Bounds how long a test with real threads may hang before it fails.</summary>
internal static class ThreadedRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task Bounded(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    /// <summary>On virtual time nothing happens by itself: what is not done by now never will be.</summary>
    public static Task<T> Now<T>(this Task<T> task) =>
        task.IsCompleted ? task : throw new InvalidOperationException("The task should be done by now and is not.");

    /// <summary>Waits without giving the thread away, to hit windows of nanoseconds.</summary>
    public static void SpinUntil(Func<bool> condition, string failure)
    {
        var started = TimeProvider.System.GetTimestamp();
        var spin = new SpinWait();
        while (!condition())
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (spin.Count % 1000 == 0 && TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(30))
                throw new TimeoutException(failure);
        }
    }

    public static ActorSystem NewSystem() => new(new ActorSystemOptions
    {
        Time = TimeProvider.System, Random = new Random(1), MailboxCapacity = int.MaxValue,
    });
}

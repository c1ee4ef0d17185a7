namespace Orchestrator.Actors.Tests;

/// <summary>Bounds how long a test with real threads may hang before it fails.</summary>
internal static class ThreadedRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task Bounded(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    public static ActorSystem NewSystem() => new(new ActorSystemOptions
    {
        Time = TimeProvider.System, Random = new Random(1), MailboxCapacity = int.MaxValue,
    });
}

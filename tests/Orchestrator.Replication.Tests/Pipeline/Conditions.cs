namespace Orchestrator.Replication.Tests.Pipeline;

/// <summary>Waits for what must become true.</summary>
internal static class Conditions
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static async Task Eventually(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Did not become true within {Patience.TotalSeconds} s: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}

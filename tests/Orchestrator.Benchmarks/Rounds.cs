namespace Orchestrator.Benchmarks;

/// <summary>One of those compared: each run yields the same number of figures.</summary>
internal sealed record Contender(string Name, Func<Task<double[]>> RunAsync)
{
    public static Contender Of(string name, Func<Task<double>> run) => new(name, async () => [await run()]);
}

/// <summary>Interleaved rounds (A B C, A B C, ...): what disturbs the machine for a while disturbs all alike.</summary>
internal static class Rounds
{
    /// <summary>Runs the contenders in turn.</summary>
    /// <returns>For each contender the series of each of its figures.</returns>
    public static async Task<Series[][]> MeasureAsync(Settings settings, params Contender[] contenders)
    {
        var runs = contenders.Select(_ => new List<double[]>()).ToArray();
        for (var round = 0; round < settings.Rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++)
            {
                runs[i].Add(await contenders[i].RunAsync());
            }
        }

        return [.. runs.Select(run => run[0].Select((_, figure) => new Series([.. run.Select(figures => figures[figure])])).ToArray())];
    }

    /// <summary>Repeats a batch for the window, after one to warm up.</summary>
    /// <returns>Operations per second.</returns>
    public static async Task<double> RateAsync(TimeSpan window, int operations, Func<Task> batch)
    {
        await batch();
        var start = TimeProvider.System.GetTimestamp();
        var done = 0L;
        do
        {
            await batch();
            done += operations;
        }
        while (TimeProvider.System.GetElapsedTime(start) < window);

        return done / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The seconds an action takes.</summary>
    public static async Task<double> SecondsAsync(Func<Task> action)
    {
        var start = TimeProvider.System.GetTimestamp();
        await action();
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }
}

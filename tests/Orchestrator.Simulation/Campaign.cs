namespace Orchestrator.Simulation;

/// <summary>Runs many seeds on threads of its own: the thread pool stays empty, so that work which leaves a loop shows.</summary>
public static class Campaign
{
    /// <summary>A digest of all runs, the same whichever thread had which seed.</summary>
    public static ulong TraceOf(IEnumerable<SimulationResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return results.Aggregate(14695981039346656037UL, (hash, result) => unchecked((hash ^ result.TraceHash) * 1099511628211UL));
    }

    /// <summary>Runs the seeds.</summary>
    /// <returns>Their results, in the order of the seeds.</returns>
    public static IReadOnlyList<SimulationResult> Run(Options options, Defect defect = Defect.None)
    {
        var results = new SimulationResult[options.Seeds];
        var next = -1;
        List<Thread> threads = [.. Enumerable.Range(0, options.Workers).Select(_ => new Thread(Work))];
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return results;

        void Work()
        {
            while (Interlocked.Increment(ref next) is var index && index < options.Seeds)
                results[index] = SimulationRun.Execute(options.From + index, defect, options.Tail);
        }
    }
}

namespace Orchestrator.Simulation;

/// <summary>Runs many seeds on threads of its own: the thread pool stays empty, so that work which leaves a loop shows.</summary>
public static class Campaign
{
    /// <summary>Runs the seeds.</summary>
    /// <returns>Their results, in the order of the seeds.</returns>
    public static IReadOnlyList<SimulationResult> Run(long from, int seeds, int workers, Defect defect = Defect.None)
    {
        var results = new SimulationResult[seeds];
        var next = -1;
        List<Thread> threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(Work))];
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return results;

        void Work()
        {
            while (Interlocked.Increment(ref next) is var index && index < seeds)
                results[index] = SimulationRun.Execute(from + index, defect);
        }
    }
}

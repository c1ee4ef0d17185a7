namespace Orchestrator.TestKit.Simulation;

/// <summary>Something that must never happen did, in the run of a seed.</summary>
public sealed class SimulationFailedException : Exception
{
    /// <summary>Creates the error; its message holds the seed, what was broken, and the end of the timeline.</summary>
    /// <param name="seed">Runs it again.</param>
    /// <param name="invariant">The short name of what must hold, such as <c>S7</c>.</param>
    /// <param name="problem">What did not hold.</param>
    /// <param name="timeline">What happened last.</param>
    /// <param name="inner">The error behind it, if there is one.</param>
    public SimulationFailedException(long seed, string invariant, string problem, IReadOnlyList<string> timeline, Exception? inner = null)
        : base($"Seed {seed} breaks {invariant}: {problem}{Environment.NewLine}{string.Join(Environment.NewLine, timeline)}", inner)
    {
        Seed = seed;
        Invariant = invariant;
        Problem = problem;
    }

    /// <summary>Runs it again.</summary>
    public long Seed { get; }

    /// <summary>What must hold.</summary>
    public string Invariant { get; }

    /// <summary>What did not hold.</summary>
    public string Problem { get; }
}

using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation;

/// <summary>How a seed ended.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Failure">What was broken; null when all held.</param>
/// <param name="TraceHash">A digest of the whole run.</param>
/// <param name="Steps">Steps of the loop.</param>
/// <param name="VirtualTime">How much time passed in it.</param>
/// <param name="Events">Events stored.</param>
/// <param name="Counters">What happened how often.</param>
public sealed record SimulationResult(
    long Seed, SimulationFailedException? Failure, ulong TraceHash, long Steps, TimeSpan VirtualTime, long Events, Counters Counters);

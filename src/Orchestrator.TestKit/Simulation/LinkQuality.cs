namespace Orchestrator.TestKit.Simulation;

/// <summary>How messages fare on their way.</summary>
/// <param name="MinDelay">The shortest time on the way.</param>
/// <param name="MaxDelay">The longest: messages overtake each other.</param>
/// <param name="DropRate">The share that never arrives, 0 to 1.</param>
/// <param name="DuplicateRate">The share that arrives twice, 0 to 1.</param>
public sealed record LinkQuality(TimeSpan MinDelay, TimeSpan MaxDelay, double DropRate = 0, double DuplicateRate = 0)
{
    /// <summary>A local network without trouble.</summary>
    public static LinkQuality Good { get; } = new(TimeSpan.FromMilliseconds(0.2), TimeSpan.FromMilliseconds(2));
}

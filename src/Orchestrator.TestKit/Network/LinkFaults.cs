namespace Orchestrator.TestKit.Network;

/// <summary>What one direction between two nodes does to frames.</summary>
public sealed record LinkFaults
{
    /// <summary>A network that does nothing to them: 1 ms, in order.</summary>
    public static LinkFaults None { get; } = new();

    /// <summary>The shortest way: 1 ms.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest way: 1 ms.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The share of frames that are lost, 0 to 1. No stream does that: it tests that nothing waits for ever.</summary>
    public double Drop { get; init; }

    /// <summary>The share of frames that arrive twice, 0 to 1. No stream does that either: it tests that nothing is done twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>Whether a frame may overtake another; otherwise the order is kept, as on a stream.</summary>
    public bool Reorder { get; init; }

    /// <summary>Whether nothing gets through: frames are held, as a stream holds them, until the cut heals or the connection ends.</summary>
    public bool IsCut { get; init; }
}

namespace Orchestrator.Actors.Supervision;

/// <summary>When a failed actor starts again: exponential back-off with jitter, and a limit.</summary>
public sealed record RestartPolicy
{
    /// <summary>Never: the actor stops at its first failure.</summary>
    public static RestartPolicy Never { get; } = new() { MaxRestarts = 0 };

    /// <summary>The delay before the first restart.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest delay.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The share of the delay by which it varies either way, 0 to 1: actors that failed together do not return together.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>After running this long the back-off starts anew.</summary>
    public TimeSpan ResetAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Restarts in a row before the actor stops for good.</summary>
    public int MaxRestarts { get; init; } = int.MaxValue;

    /// <summary>The delay before restart <paramref name="number"/>.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="random">Drawn from [0, 1).</param>
    public TimeSpan Delay(int number, double random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        var doubled = MinBackoff.Ticks * Math.Pow(2, Math.Min(number - 1, 40));
        var capped = Math.Min(doubled, MaxBackoff.Ticks);
        return TimeSpan.FromTicks((long)(capped * (1 + (Jitter * ((2 * random) - 1)))));
    }
}

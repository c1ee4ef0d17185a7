namespace Orchestrator.Domain;

/// <summary>When to try again after a recoverable failure: 1, 2, 4, 8, 10, then every 30 minutes, for as long as it
/// takes.</summary>
/// <remarks>Counted from the previous attempt, which never makes two attempts overlap; the other reading of Azure Site
/// Recovery's text, from the first attempt, would.</remarks>
public static class RetrySchedule
{
    private static readonly int[] FirstMinutes = [1, 2, 4, 8, 10];
    private const int SteadyMinutes = 30;

    /// <summary>The wait after a failed attempt.</summary>
    /// <param name="attempt">Which attempt in a row failed, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static TimeSpan DelayAfter(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        return TimeSpan.FromMinutes(attempt <= FirstMinutes.Length ? FirstMinutes[attempt - 1] : SteadyMinutes);
    }
}

namespace Orchestrator.MessagePack;

/// <summary>Conversions between .NET ticks (100 ns since 0001-01-01) and the seconds and nanoseconds since 1970 of the format.</summary>
internal static class Timestamp
{
    public const uint MaxNanoseconds = 999_999_999;

    private const long MinSeconds = -62_135_596_800; // 0001-01-01T00:00:00Z
    private const long MaxSeconds = 253_402_300_799; // 9999-12-31T23:59:59Z

    public static (long Seconds, uint Nanoseconds) FromUtcTicks(long utcTicks)
    {
        var seconds = (utcTicks / TimeSpan.TicksPerSecond) + MinSeconds;
        return (seconds, (uint)(utcTicks % TimeSpan.TicksPerSecond) * 100);
    }

    public static bool TryToUtcTicks(long seconds, uint nanoseconds, out long utcTicks)
    {
        utcTicks = 0;
        if (seconds is < MinSeconds or > MaxSeconds) return false;
        utcTicks = ((seconds - MinSeconds) * TimeSpan.TicksPerSecond) + (nanoseconds / 100);
        return true;
    }
}

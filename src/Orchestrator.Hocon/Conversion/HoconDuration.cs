using Orchestrator.Hocon.Conversion;

namespace Orchestrator.Hocon;

/// <summary>Durations such as `5s`, `1.5 hours`, `250` (milliseconds).</summary>
/// <remarks>Units by HOCON.md, "Duration Format", lower case only: ns, us, ms, s, m, h, d and their long names. Rounded
/// to 100 ns; an amount that is not zero is never rounded to zero, because zero often means "off".</remarks>
public static class HoconDuration
{
    private static readonly Dictionary<string, decimal> TicksPerUnit = Table(
        (0.01m, ["ns", "nano", "nanos", "nanosecond", "nanoseconds"]),
        (10m, ["us", "micro", "micros", "microsecond", "microseconds"]),
        (TimeSpan.TicksPerMillisecond, ["", "ms", "milli", "millis", "millisecond", "milliseconds"]),
        (TimeSpan.TicksPerSecond, ["s", "second", "seconds"]),
        (TimeSpan.TicksPerMinute, ["m", "minute", "minutes"]),
        (TimeSpan.TicksPerHour, ["h", "hour", "hours"]),
        (TimeSpan.TicksPerDay, ["d", "day", "days"]));

    /// <summary>Parses a duration; negative ones are allowed.</summary>
    /// <exception cref="HoconException">Malformed, an unknown unit, finer than 100 ns, or beyond about 29,000 years.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration)
        ? duration
        : throw new HoconException(HoconErrorCodes.BadDuration, HoconOrigin.None, $"'{text}' is not a duration",
            "Write a number and one of ns us ms s m h d, such as 5s or 1.5h.");

    /// <summary>Parses a duration.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (!UnitText.TrySplit(text, out var number, out var unit) || !TicksPerUnit.TryGetValue(unit, out var factor))
            return false;
        if (Math.Abs(number) > long.MaxValue / factor)
            return false;
        var ticks = Math.Round(number * factor, MidpointRounding.AwayFromZero);
        if ((ticks == 0 && number != 0) || ticks > long.MaxValue || ticks < long.MinValue)
            return false;
        duration = new TimeSpan((long)ticks);
        return true;
    }

    private static Dictionary<string, decimal> Table(params (decimal Ticks, string[] Names)[] units) =>
        units.SelectMany(u => u.Names, (u, name) => (name, u.Ticks)).ToDictionary(u => u.name, u => u.Ticks, StringComparer.Ordinal);
}

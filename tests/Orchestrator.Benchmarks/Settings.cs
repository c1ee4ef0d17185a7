using System.Globalization;

namespace Orchestrator.Benchmarks;

/// <summary>How long and what to measure.</summary>
internal sealed record Settings(int Rounds, double Seconds, string? Only)
{
    /// <summary>The length of a measured window.</summary>
    public TimeSpan Window => TimeSpan.FromSeconds(Seconds);

    /// <summary>Reads the command line; null when it is not usable.</summary>
    public static Settings? Parse(string[] args, string[] sections)
    {
        var settings = new Settings(3, 1.5, null);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var next = args[i] switch
            {
                "--rounds" when int.TryParse(value, out var rounds) && rounds is > 0 and <= 100 => settings with { Rounds = rounds },
                "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.1 and <= 600
                    => settings with { Seconds = seconds },
                "--only" when sections.Contains(value) => settings with { Only = value },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            settings = next;
        }

        return settings;
    }
}

/// <summary>A peer is missing or a measured program failed: there is no figure to print.</summary>
internal sealed class BenchException(string message) : Exception(message);

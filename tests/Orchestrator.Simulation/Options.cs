using System.Globalization;

namespace Orchestrator.Simulation;

/// <summary>Which seeds to run.</summary>
/// <param name="From">The first.</param>
/// <param name="Seeds">How many.</param>
/// <param name="Workers">Threads that share them.</param>
/// <param name="Tail">How many lines of its timeline a failure shows.</param>
public sealed record Options(long From, int Seeds, int Workers, int Tail = 60)
{
    /// <summary>Reads the command line; null when it makes no sense.</summary>
    public static Options? Parse(IReadOnlyList<string> args)
    {
        var options = new Options(1, 2000, Math.Max(1, Environment.ProcessorCount));
        for (var i = 0; i + 1 < args.Count; i += 2)
        {
            if (!long.TryParse(args[i + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
                return null;

            switch (args[i])
            {
                case "--from":
                    options = options with { From = value };
                    break;
                case "--seeds" when value is > 0 and <= 10_000_000:
                    options = options with { Seeds = (int)value };
                    break;
                case "--workers" when value is > 0 and <= 256:
                    options = options with { Workers = (int)value };
                    break;
                case "--tail" when value is >= 0 and <= 1_000_000:
                    options = options with { Tail = (int)value };
                    break;
                default:
                    return null;
            }
        }

        return args.Count % 2 == 0 ? options : null;
    }
}

using Orchestrator.Hocon.Conversion;

namespace Orchestrator.Hocon;

/// <summary>Sizes such as `64 MiB`, `10kB` (10,000), `512K` (524,288), `100` (bytes).</summary>
/// <remarks>Units by HOCON.md, "Size in bytes format": kB, MB, ... are powers of ten; K, k, Ki, KiB, ... are powers of
/// two; case matters. A fraction of a byte is cut off, but never down to zero.</remarks>
public static class HoconSize
{
    private static readonly Dictionary<string, decimal> BytesPerUnit = Table();

    /// <summary>Parses a size.</summary>
    /// <exception cref="HoconException">Malformed, negative, an unknown unit, or 2^63 bytes or more.</exception>
    public static ByteSize Parse(string text) => TryParse(text, out var size)
        ? size
        : throw new HoconException(HoconErrorCodes.BadSize, HoconOrigin.None, $"'{text}' is not a size in bytes below 8 EiB",
            "Write a number and a unit such as B, KiB, MiB, GiB (powers of two) or kB, MB, GB (powers of ten).");

    /// <summary>Parses a size.</summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        if (!UnitText.TrySplit(text, out var number, out var unit) || !BytesPerUnit.TryGetValue(unit, out var factor))
            return false;
        if (number < 0 || number > long.MaxValue / factor + 1)
            return false;
        var bytes = Math.Truncate(number * factor);
        if (bytes > long.MaxValue || (bytes == 0 && number != 0))
            return false;
        size = new ByteSize((long)bytes);
        return true;
    }

    private static Dictionary<string, decimal> Table()
    {
        var table = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var name in (string[])["", "B", "b", "byte", "bytes"])
            table.Add(name, 1);
        string[] ten = ["kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"];
        string[] two = ["kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"];
        decimal power10 = 1, power2 = 1;
        for (var i = 0; i < ten.Length; i++)
        {
            power10 *= 1000;
            power2 *= 1024;
            var letter = ten[i][0];
            var capital = char.ToUpperInvariant(letter);
            foreach (var name in (string[])[(i == 0 ? letter : capital) + "B", ten[i] + "byte", ten[i] + "bytes"])
                table.Add(name, power10);
            foreach (var name in (string[])[$"{capital}", $"{letter}", $"{capital}i", $"{capital}iB", two[i] + "byte", two[i] + "bytes"])
                table.Add(name, power2);
        }
        return table;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Hocon.Conversion;

/// <summary>Splits `1.5 MiB` into its number and its unit.</summary>
internal static partial class UnitText
{
    /// <summary>Reads a decimal number, blanks, and letters; blanks around are ignored.</summary>
    /// <returns>False if the text has another form or the number does not fit a decimal.</returns>
    public static bool TrySplit(string? text, out decimal number, out string unit)
    {
        number = 0;
        unit = "";
        var match = Form().Match(text ?? "");
        if (!match.Success)
            return false;
        unit = match.Groups["unit"].Value;
        return decimal.TryParse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && (number != 0 || !match.Groups["mantissa"].ValueSpan.ContainsAnyInRange('1', '9'));
    }

    // An 'e' is an exponent only before digits: "5E" is five exbibytes.
    [GeneratedRegex(
        @"^\s*(?<number>(?<mantissa>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+))([eE][+-]?[0-9]{1,3})?)\s*(?<unit>[A-Za-z]*)\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

using Orchestrator.Hocon.Parsing;

namespace Orchestrator.Hocon.Loading;

/// <summary>Turns `a.b.c=value` into HOCON text.</summary>
internal static class OverrideParser
{
    /// <summary>The override as HOCON that means the same.</summary>
    /// <exception cref="HoconException">There is no '=', or no path before it.</exception>
    public static string ToHocon(string assignment, string name)
    {
        var equals = FindAssign(assignment);
        if (equals <= 0)
        {
            throw new HoconException(HoconErrorCodes.BadOverride, new HoconOrigin(name, 0, 0),
                "An override needs a path, '=' and a value", "Write for example api.port=8443.");
        }
        var append = assignment[equals - 1] == '+';
        var path = HoconPath.Parse(assignment[..(append ? equals - 1 : equals)]);
        var value = assignment[(equals + 1)..].Trim();
        return $"{path} {(append ? "+=" : "=")} {(IsHocon(value) ? value : Literal(value))}";
    }

    private static int FindAssign(string assignment)
    {
        var quoted = false;
        for (var i = 0; i < assignment.Length; i++)
        {
            quoted ^= assignment[i] == '"';
            if (assignment[i] == '=' && !quoted)
                return i;
        }
        return -1;
    }

    private static bool IsHocon(string value) =>
        value is ['[' or '{' or '"', ..] || value.Contains("${", StringComparison.Ordinal);

    private static string Literal(string value) =>
        value is "null" or "true" or "false" || Tokenizer.IsNumber(value) ? value : HoconRenderer.Quote(value);
}

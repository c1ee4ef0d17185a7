namespace Orchestrator.Hocon;

/// <summary>Booleans: true, yes, on, false, no, off; lower case, so that no other spelling means something by accident.</summary>
public static class HoconBoolean
{
    /// <summary>Parses a boolean.</summary>
    /// <exception cref="HoconException">Another word.</exception>
    public static bool Parse(string text) => TryParse(text, out var value)
        ? value
        : throw new HoconException(HoconErrorCodes.BadBoolean, HoconOrigin.None, $"'{text}' is not a boolean", "Write true or false.");

    /// <summary>Parses a boolean.</summary>
    public static bool TryParse(string? text, out bool value)
    {
        value = text is "true" or "yes" or "on";
        return value || text is "false" or "no" or "off";
    }
}

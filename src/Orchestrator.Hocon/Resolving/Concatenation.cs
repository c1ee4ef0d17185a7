using System.Text;

namespace Orchestrator.Hocon.Resolving;

/// <summary>One evaluated piece of a concatenation.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Blank">Whether it is a blank without quotes, which means nothing between objects or lists.</param>
internal readonly record struct Piece(HoconValue Value, bool Blank);

/// <summary>Joins values that stand side by side: text with text, lists with lists, objects with objects.</summary>
internal static class Concatenation
{
    /// <summary>The joined value, or null if nothing is left of it.</summary>
    /// <exception cref="HoconException">Mixed kinds, or the text is too long.</exception>
    public static HoconValue? Join(List<Piece> pieces, HoconOrigin origin, HoconLimits limits)
    {
        if (pieces.Count <= 1)
            return pieces.Count == 0 ? null : pieces[0].Value;
        var solid = pieces.FindAll(p => !p.Blank).ConvertAll(p => p.Value);
        if (solid.Count > 0 && solid.TrueForAll(v => v is HoconObject))
            return solid.Cast<HoconObject>().Aggregate((below, above) => above.WithFallback(below));
        if (solid.Exists(v => v is HoconArray))
            return new HoconArray(solid.SelectMany(v => Elements(v, origin)), origin);
        return solid.TrueForAll(v => v is HoconScalar)
            ? JoinText(pieces, origin, limits)
            : throw Mixed(origin, "an object and text");
    }

    private static IReadOnlyList<HoconValue> Elements(HoconValue value, HoconOrigin origin) => value switch
    {
        HoconArray array => array.Items,
        HoconObject o when o.ToArray() is { } numbered => numbered.Items,
        _ => throw Mixed(origin, value is HoconObject ? "a list and an object" : "a list and text"),
    };

    private static HoconScalar JoinText(List<Piece> pieces, HoconOrigin origin, HoconLimits limits)
    {
        var text = new StringBuilder();
        var environment = false;
        foreach (var piece in pieces)
        {
            var scalar = (HoconScalar)piece.Value;
            text.Append(scalar.Text);
            environment |= scalar.FromEnvironment;
            if (text.Length > limits.MaxTextLength)
            {
                throw new HoconException(HoconErrorCodes.Limit, origin,
                    $"A text grows beyond {limits.MaxTextLength} characters", "Use shorter values.");
            }
        }
        return new HoconScalar(HoconScalarKind.Text, text.ToString(), origin, environment);
    }

    private static HoconException Mixed(HoconOrigin origin, string kinds) =>
        new(HoconErrorCodes.MixedConcatenation, origin, $"Values of different kinds stand side by side: {kinds}",
            "Put only text with text, lists with lists, objects with objects; '+=' needs a list.");
}

using System.Text;

namespace Orchestrator.Hocon.Resolving;

/// <summary>One evaluated piece of a concatenation.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Blank">Whether it is a blank without quotes, which means nothing between objects or lists.</param>
internal readonly record struct Piece(HoconValue Value, bool Blank);

/// <summary>Joins values that stand side by side: text with text, lists with lists, objects with objects.</summary>
internal static class Concatenation
{
    private const int CharactersPerStep = 16;

    /// <summary>The joined value, or null if nothing is left of it.</summary>
    /// <param name="pieces">What stands side by side.</param>
    /// <param name="origin">Where.</param>
    /// <param name="work">Told how much is copied, in units of about 50 bytes, so that the caller can set a limit.</param>
    /// <exception cref="HoconException">Mixed kinds.</exception>
    public static HoconValue? Join(List<Piece> pieces, HoconOrigin origin, Action<int> work)
    {
        if (pieces.Count <= 1)
            return pieces.Count == 0 ? null : pieces[0].Value;
        var solid = pieces.FindAll(p => !p.Blank).ConvertAll(p => p.Value);
        if (solid.Count > 0 && solid.TrueForAll(v => v is HoconObject))
            return solid.Cast<HoconObject>().Aggregate((below, above) => above.WithFallback(below, work));
        if (solid.Exists(v => v is HoconArray))
            return JoinElements(solid, origin, work);
        return solid.TrueForAll(v => v is HoconScalar)
            ? JoinText(pieces, origin, work)
            : throw Mixed(origin, "an object and text");
    }

    private static HoconArray JoinElements(List<HoconValue> lists, HoconOrigin origin, Action<int> work)
    {
        var elements = new List<HoconValue>();
        foreach (var list in lists)
        {
            var more = Elements(list, origin);
            work(more.Count);
            elements.AddRange(more);
        }
        return new HoconArray(elements, origin);
    }

    private static IReadOnlyList<HoconValue> Elements(HoconValue value, HoconOrigin origin) => value switch
    {
        HoconArray array => array.Items,
        HoconObject o when o.ToArray() is { } numbered => numbered.Items,
        _ => throw Mixed(origin, value is HoconObject ? "a list and an object" : "a list and text"),
    };

    private static HoconScalar JoinText(List<Piece> pieces, HoconOrigin origin, Action<int> work)
    {
        var text = new StringBuilder();
        var environment = false;
        foreach (var piece in pieces)
        {
            var scalar = (HoconScalar)piece.Value;
            text.Append(scalar.Text);
            environment |= scalar.FromEnvironment;
            work(scalar.Text.Length / CharactersPerStep);
        }
        return new HoconScalar(HoconScalarKind.Text, text.ToString(), origin, environment);
    }

    private static HoconException Mixed(HoconOrigin origin, string kinds) =>
        new(HoconErrorCodes.MixedConcatenation, origin, $"Values of different kinds stand side by side: {kinds}",
            "Put only text with text, lists with lists, objects with objects; '+=' needs a list.");
}

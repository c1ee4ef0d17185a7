using System.Globalization;

namespace Orchestrator.Hocon.Configuration;

/// <summary>
/// Questions about a key, asked as a subkey that no HOCON key can be: it starts with a control character, which the flat
/// tree refuses. A section of .NET configuration hides its root, but passes every key on to all providers.
/// </summary>
internal static class KeyQuestion
{
    public const string Origin = "\u0001origin";
    public const string Kind = "\u0001kind";

    public static bool TrySplit(string key, out string asked, out string question)
    {
        var at = key.IndexOf('\u0001', StringComparison.Ordinal);
        question = at < 0 ? "" : key[at..];
        asked = at <= 0 ? "" : key[..(at - 1)];
        return at >= 0;
    }

    public static bool TryAnswer(FlatTree tree, string key, string question, out string? answer)
    {
        answer = null;
        if (!tree.Nodes.TryGetValue(key, out var node))
            return false;
        answer = question == Origin ? Write(node.Origin) : question == Kind ? KindOf(node) : null;
        return answer is not null;
    }

    /// <summary>Reads an answer to <see cref="Origin"/>.</summary>
    public static HoconOrigin ReadOrigin(string answer)
    {
        var parts = answer.Split(' ', 3);
        return new HoconOrigin(parts[2], int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static string Write(HoconOrigin origin) =>
        string.Create(CultureInfo.InvariantCulture, $"{origin.Line} {origin.Column} {origin.File}");

    private static string KindOf(HoconValue node) => node switch
    {
        HoconObject => "object",
        HoconArray => "array",
        HoconScalar { Kind: HoconScalarKind.Null } => "null",
        HoconScalar { FromEnvironment: true } => "environment",
        _ => "scalar",
    };
}

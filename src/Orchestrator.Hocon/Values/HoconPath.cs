using Orchestrator.Hocon.Parsing;

namespace Orchestrator.Hocon;

/// <summary>A path to a value, such as `a."b.c".d`: dots outside quotes separate keys.</summary>
public sealed class HoconPath
{
    /// <summary>Creates a path from its keys.</summary>
    public HoconPath(IEnumerable<string> keys) => Keys = [.. keys];

    /// <summary>The keys from the root down; never empty.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Parses a path expression.</summary>
    /// <exception cref="HoconException">Empty, an empty key without quotes, or a reserved character.</exception>
    public static HoconPath Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = Tokenizer.Tokenize(text, $"path '{text}'");
        return new HoconPath(PathParser.Parse(tokens.SkipLast(1).ToList(), tokens[^1].Origin($"path '{text}'")));
    }

    /// <summary>The path as HOCON: keys that need quotes get them.</summary>
    public override string ToString() => string.Join('.', Keys.Select(HoconRenderer.RenderKey));
}

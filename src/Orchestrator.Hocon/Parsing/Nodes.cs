namespace Orchestrator.Hocon.Parsing;

/// <summary>A parsed value that may still hold substitutions. Identity counts: each node is one place in a file.</summary>
internal abstract class Node(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;
}

/// <summary>A literal scalar. Hides everything below it.</summary>
internal sealed class ScalarNode(HoconScalar value) : Node(value.Origin)
{
    public HoconScalar Value { get; } = value;
}

/// <summary>Blanks without quotes between two pieces: text between strings, nothing between lists or objects.</summary>
internal sealed class BlankNode(string text, HoconOrigin origin) : Node(origin)
{
    public string Text { get; } = text;
}

/// <summary>A literal list.</summary>
internal sealed class ArrayNode(List<Node> items, HoconOrigin origin) : Node(origin)
{
    public List<Node> Items { get; } = items;
}

/// <summary>`${path}` or `${?path}`.</summary>
/// <param name="path">The path from the root of everything, so with the include point in front.</param>
/// <param name="prefix">How many leading keys of the path are the include point.</param>
/// <param name="optional">Whether an undefined path is no error.</param>
/// <param name="own">Whether this is the hidden part of `+=`: it means the field itself and nothing else.</param>
/// <param name="origin">Where it stands.</param>
internal sealed class ReferenceNode(IReadOnlyList<string> path, int prefix, bool optional, bool own, HoconOrigin origin)
    : Node(origin)
{
    public IReadOnlyList<string> Path { get; } = path;
    public int Prefix { get; } = prefix;
    public bool Optional { get; } = optional;
    public bool Own { get; } = own;

    /// <summary>The path as its author wrote it.</summary>
    public HoconPath Written => new(Path.Skip(Prefix));
}

/// <summary>Several values side by side on one line.</summary>
internal sealed class ConcatNode(List<Node> pieces, HoconOrigin origin) : Node(origin)
{
    public List<Node> Pieces { get; } = pieces;
}

/// <summary>A value that is resolved already, taking part in a merge.</summary>
internal sealed class ResolvedNode(HoconValue value) : Node(value.Origin)
{
    public HoconValue Value { get; } = value;
}

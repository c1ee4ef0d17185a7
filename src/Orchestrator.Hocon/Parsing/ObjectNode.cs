namespace Orchestrator.Hocon.Parsing;

/// <summary>
/// A literal object. Each key holds all its definitions in the order written: resolution needs the earlier ones, both to
/// merge objects and for a field that refers to its own previous value.
/// </summary>
internal sealed class ObjectNode(HoconOrigin origin) : Node(origin)
{
    public OrderedDictionary<string, List<Node>> Fields { get; } = [];

    /// <summary>Adds a definition on top of those there are.</summary>
    /// <remarks>Two literal objects in a row become one at once: they mean the same, and lookups stay short.
    /// A literal scalar drops what it hides.</remarks>
    public void Add(string key, Node value)
    {
        if (!Fields.TryGetValue(key, out var definitions))
            Fields.Add(key, definitions = []);
        if (value is ScalarNode)
            definitions.Clear();
        if (value is ObjectNode above && definitions is [.., ObjectNode below])
            below.MergeFrom(above);
        else
            definitions.Add(value);
    }

    /// <summary>Adds a definition at a path, making the objects on the way.</summary>
    public void Add(IReadOnlyList<string> path, Node value)
    {
        for (var i = path.Count - 1; i > 0; i--)
        {
            var outer = new ObjectNode(value.Origin);
            outer.Add(path[i], value);
            value = outer;
        }
        Add(path[0], value);
    }

    /// <summary>Adds all definitions of another object on top of those here.</summary>
    public void MergeFrom(ObjectNode above)
    {
        foreach (var (key, definitions) in above.Fields)
        {
            foreach (var definition in definitions)
                Add(key, definition);
        }
    }
}

namespace Orchestrator.Hocon.Configuration;

/// <summary>A resolved tree with its flat keys. Immutable.</summary>
internal sealed class FlatTree
{
    private readonly HoconLimits _limits;

    private FlatTree(HoconObject root, HoconLimits limits)
    {
        Root = root;
        _limits = limits;
    }

    public static FlatTree Empty { get; } = new(new HoconObject([], HoconOrigin.None), HoconLimits.Default);

    public HoconObject Root { get; }

    /// <summary>What .NET configuration sees.</summary>
    public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every value by its flat key, also sections; the root has the empty key.</summary>
    public Dictionary<string, HoconValue> Nodes { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="HoconException">A key that .NET configuration cannot hold, or too many keys.</exception>
    public static FlatTree Of(HoconObject root, HoconLimits limits)
    {
        var tree = new FlatTree(root, limits);
        tree.Nodes.Add("", root);
        tree.AddFields("", root);
        return tree;
    }

    private void AddFields(string prefix, HoconObject o)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in o.Fields)
        {
            RefuseUnusable(key, value);
            if (!seen.TryAdd(key, key))
            {
                throw new HoconException(HoconErrorCodes.BadKey, value.Origin,
                    $"The keys '{seen[key]}' and '{key}' differ only by case", "Keep one of them: .NET configuration ignores case.");
            }
            Add(prefix + key, value);
        }
    }

    private void Add(string key, HoconValue value)
    {
        if (Nodes.Count > _limits.MaxKeys)
            throw Limit(value, $"There are more than {_limits.MaxKeys} keys", "Repeat fewer values by substitution.");
        if (key.Length > _limits.MaxKeyLength)
            throw Limit(value, $"A key with its path is longer than {_limits.MaxKeyLength} characters", "Use shorter keys.");
        Nodes.Add(key, value);
        switch (value)
        {
            case HoconObject { Fields.Count: > 0 } o:
                AddFields(key + ":", o);
                break;
            case HoconArray { Items.Count: > 0 } a:
                for (var i = 0; i < a.Items.Count; i++)
                    Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}:{i}"), a.Items[i]);
                break;
            default:
                Values.Add(key, Flat(value));
                break;
        }
    }

    private static HoconException Limit(HoconValue value, string what, string advice) =>
        new(HoconErrorCodes.Limit, value.Origin, what, advice);

    private static string? Flat(HoconValue value) => value switch
    {
        HoconScalar { Kind: not HoconScalarKind.Null } scalar => scalar.Text,
        HoconArray => "",
        _ => null,
    };

    private static void RefuseUnusable(string key, HoconValue value)
    {
        if (key.Length == 0 || key.Contains(':', StringComparison.Ordinal) || key.Any(char.IsControl))
        {
            throw new HoconException(HoconErrorCodes.BadKey, value.Origin,
                $"The key {HoconRenderer.Quote(key)} is empty or holds ':' or a control character",
                "Rename the key: ':' separates keys in .NET configuration.");
        }
    }
}

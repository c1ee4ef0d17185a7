using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Hocon;

/// <summary>An immutable, resolved configuration value: it holds no substitution any more.</summary>
/// <remarks>Equality is by content: the origin and the order of keys do not count, the kind of a scalar does.</remarks>
public abstract class HoconValue : IEquatable<HoconValue>
{
    /// <summary>Deepest allowed nesting. Limits recursion in every walk over a tree.</summary>
    public const int MaxDepth = 100;

    private protected HoconValue(HoconOrigin origin, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new HoconException(HoconErrorCodes.Limit, origin,
                $"Values are nested deeper than {MaxDepth} levels", "Flatten the structure.");
        }
        Origin = origin;
        Depth = depth;
    }

    /// <summary>Where the value was written. For a merged object: its last part.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>1 for a scalar, one more than the deepest child otherwise.</summary>
    internal int Depth { get; }

    /// <inheritdoc/>
    public abstract bool Equals(HoconValue? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as HoconValue);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <summary>The value as HOCON text; values from the environment and secrets are masked.</summary>
    public sealed override string ToString() => HoconRenderer.RenderMasked(this);
}

/// <summary>The kinds a scalar can be written as.</summary>
public enum HoconScalarKind
{
    /// <summary>An explicit `null`.</summary>
    Null,

    /// <summary>`true` or `false` without quotes; `yes` and `on` are strings that convert.</summary>
    Boolean,

    /// <summary>A JSON number; its text is kept as written.</summary>
    Number,

    /// <summary>Quoted or unquoted text.</summary>
    Text,
}

/// <summary>A string, number, boolean or null, with the text it was written as.</summary>
public sealed class HoconScalar : HoconValue
{
    /// <summary>Creates a scalar.</summary>
    /// <param name="kind">How it counts when compared or rendered.</param>
    /// <param name="text">The text as written, unescaped; `null` for <see cref="HoconScalarKind.Null"/>.</param>
    /// <param name="origin">Where it was written.</param>
    /// <param name="fromEnvironment">Whether any part came from the environment: such values are masked in dumps.</param>
    public HoconScalar(HoconScalarKind kind, string text, HoconOrigin origin, bool fromEnvironment = false)
        : base(origin, 1)
    {
        ArgumentNullException.ThrowIfNull(text);
        Kind = kind;
        Text = text;
        FromEnvironment = fromEnvironment;
    }

    /// <summary>How the scalar was written.</summary>
    public HoconScalarKind Kind { get; }

    /// <summary>The text as written, without quotes and escapes.</summary>
    public string Text { get; }

    /// <summary>Whether any part of the text came from an environment variable.</summary>
    public bool FromEnvironment { get; }

    /// <inheritdoc/>
    public override bool Equals(HoconValue? other) => other is HoconScalar s && s.Kind == Kind && s.Text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Text);
}

/// <summary>An ordered list of values.</summary>
public sealed class HoconArray : HoconValue
{
    /// <summary>Creates an array.</summary>
    /// <exception cref="HoconException">Nested deeper than <see cref="HoconValue.MaxDepth"/>.</exception>
    public HoconArray(IEnumerable<HoconValue> items, HoconOrigin origin) : this([.. items], origin)
    {
    }

    private HoconArray(HoconValue[] items, HoconOrigin origin)
        : base(origin, 1 + items.Select(i => i.Depth).DefaultIfEmpty().Max()) => Items = items;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<HoconValue> Items { get; }

    /// <inheritdoc/>
    public override bool Equals(HoconValue? other) => other is HoconArray a && a.Items.SequenceEqual(Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Aggregate(17, (h, i) => HashCode.Combine(h, i.GetHashCode()));
}

/// <summary>Named values; keys are case-sensitive and keep the order they were first written in.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly OrderedDictionary<string, HoconValue> _fields;

    /// <summary>Creates an object; of equal keys the last wins.</summary>
    /// <exception cref="HoconException">Nested deeper than <see cref="HoconValue.MaxDepth"/>.</exception>
    public HoconObject(IEnumerable<KeyValuePair<string, HoconValue>> fields, HoconOrigin origin)
        : this(Collect(fields), origin)
    {
    }

    internal HoconObject(OrderedDictionary<string, HoconValue> fields, HoconOrigin origin)
        : base(origin, 1 + fields.Values.Select(v => v.Depth).DefaultIfEmpty().Max()) => _fields = fields;

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<KeyValuePair<string, HoconValue>> Fields => _fields;

    /// <summary>Looks up one key; the key is not a path.</summary>
    public bool TryGet(string key, [MaybeNullWhen(false)] out HoconValue value) => _fields.TryGetValue(key, out value);

    /// <summary>The value at a path such as `a."b.c".d`, or null if there is none.</summary>
    /// <exception cref="HoconException">The path is malformed.</exception>
    public HoconValue? Find(string path)
    {
        HoconValue? at = this;
        foreach (var key in HoconPath.Parse(path).Keys)
            at = at is HoconObject o && o.TryGet(key, out var next) ? next : null;
        return at;
    }

    /// <summary>This object over another: fields here win, objects on both sides merge.</summary>
    /// <exception cref="HoconException">The result is nested too deep.</exception>
    public HoconObject WithFallback(HoconObject fallback) => WithFallback(fallback, static _ => { });

    /// <param name="fallback">What lies below.</param>
    /// <param name="work">Told how many fields are copied, so that the caller can set a limit.</param>
    internal HoconObject WithFallback(HoconObject fallback, Action<int> work)
    {
        ArgumentNullException.ThrowIfNull(fallback);
        work(fallback._fields.Count + _fields.Count);
        var merged = new OrderedDictionary<string, HoconValue>(fallback._fields);
        foreach (var (key, value) in _fields)
        {
            merged[key] = value is HoconObject mine && merged.TryGetValue(key, out var old) && old is HoconObject below
                ? mine.WithFallback(below, work)
                : value;
        }
        return new HoconObject(merged, Origin);
    }

    /// <inheritdoc/>
    public override bool Equals(HoconValue? other) =>
        other is HoconObject o && o._fields.Count == _fields.Count
        && _fields.All(f => o.TryGet(f.Key, out var value) && value.Equals(f.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => _fields.Aggregate(19, (h, f) => h ^ HashCode.Combine(f.Key, f.Value.GetHashCode()));

    /// <summary>
    /// The object read as an array where an array is asked for: integer keys from 0 up, sorted, gaps closed, other keys
    /// ignored. Null if it has no such key.
    /// </summary>
    internal HoconArray? ToArray()
    {
        var items = _fields
            .Select(f => (Index: IndexOf(f.Key), f.Value))
            .Where(f => f.Index >= 0)
            .OrderBy(f => f.Index)
            .Select(f => f.Value)
            .ToList();
        return items.Count == 0 ? null : new HoconArray(items, Origin);
    }

    private static int IndexOf(string key) =>
        key.All(char.IsAsciiDigit) && int.TryParse(key, System.Globalization.CultureInfo.InvariantCulture, out var index)
            ? index : -1;

    private static OrderedDictionary<string, HoconValue> Collect(IEnumerable<KeyValuePair<string, HoconValue>> fields)
    {
        var collected = new OrderedDictionary<string, HoconValue>();
        foreach (var (key, value) in fields)
            collected[key] = value;
        return collected;
    }
}

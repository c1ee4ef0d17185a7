using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Orchestrator.Contracts;

namespace Orchestrator.Control.Queries;

/// <summary>What differs between two states, part by part; for any records, by the parameters they are made of. Pure.</summary>
public static class StateDiff
{
    private const string Kind = "(kind)";
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Parts = new();

    /// <summary>The parts that differ, in order of their paths.</summary>
    public static IReadOnlyList<StateChange> Between(object before, object after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (old, now) = (Flatten(before), Flatten(after));
        return [.. old.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Select(path => new StateChange(path, old.GetValueOrDefault(path), now.GetValueOrDefault(path)))
            .Where(static change => change.Before != change.After)];
    }

    private static Dictionary<string, string> Flatten(object state)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(parts, "", state);
        return parts;
    }

    private static void Add(Dictionary<string, string> parts, string path, object? value)
    {
        switch (value)
        {
            case null:
                return;
            case string or bool or IFormattable:
                parts[path] = Text(value);
                return;
            case IEnumerable items:
                AddItems(parts, path, items);
                return;
        }

        var properties = Parts.GetOrAdd(value.GetType(), PartsOf);
        if (properties is [var only] && path.Length > 0)
        {
            Add(parts, path, only.GetValue(value)); // An id or a name is what it holds.
            return;
        }

        parts[Join(path, Kind)] = value.GetType().Name;
        foreach (var property in properties) Add(parts, Join(path, property.Name), property.GetValue(value));
    }

    private static void AddItems(Dictionary<string, string> parts, string path, IEnumerable items)
    {
        var index = 0;
        foreach (var item in items) Add(parts, $"{path}[{KeyOf(item, index++)}]", item);
        parts[Join(path, "Count")] = index.ToString(CultureInfo.InvariantCulture);
    }

    // An element with an id keeps its path when those before it go.
    private static string KeyOf(object? item, int index) =>
        item is not null and not string && item.GetType().GetProperty("Id")?.GetValue(item) is { } id
            ? id.ToString() ?? ""
            : index.ToString(CultureInfo.InvariantCulture);

    private static string Text(object value) => value switch
    {
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // What is settable is stored; the rest follows from it.
    private static PropertyInfo[] PartsOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.GetIndexParameters().Length == 0 && property.Name != "EqualityContract")
            .Where(property => property.SetMethod is not null || IsParameter(type, property))
            .OrderBy(static property => property.Name, StringComparer.Ordinal)];

    private static bool IsParameter(Type type, PropertyInfo property) => type.GetConstructors().SelectMany(static made => made.GetParameters())
        .Any(parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase));

    private static string Join(string path, string part) => path.Length == 0 ? part : $"{path}.{part}";
}

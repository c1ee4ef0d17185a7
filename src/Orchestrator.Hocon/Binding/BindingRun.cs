using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon.Binding;

/// <summary>Binds one section and collects every problem on the way.</summary>
internal sealed class BindingRun
{
    private static readonly object Failed = new();

    /// <summary>What is wrong, in the order found.</summary>
    public List<HoconProblem> Problems { get; } = [];

    /// <summary>Creates and fills an options object; keys that are not set keep the defaults of the class.</summary>
    public object BindSection(Shape.Section shape, IConfiguration section, object? target = null)
    {
        target ??= Activator.CreateInstance(shape.Type)!;
        var children = section.GetChildren().ToDictionary(c => c.Key, StringComparer.OrdinalIgnoreCase);
        foreach (var option in shape.Options)
        {
            if (children.Remove(option.Key, out var child))
                BindOption(option, child, target);
            else if (option.Required)
                Report(HoconErrorCodes.MissingKey, section, $"'{PathOf(section, option.Key)}' is not set", "Set it: it has no default.");
        }
        foreach (var unknown in children.Values)
            ReportUnknown(unknown, shape.Options.Select(o => o.Key).ToList());
        return target;
    }

    private void BindOption(Option option, IConfigurationSection section, object target)
    {
        if (IsNull(section) && option.Nullable)
        {
            option.Property.SetValue(target, null);
            return;
        }
        var existing = option.Shape is Shape.Section ? option.Property.GetValue(target) : null;
        var value = BindValue(option.Shape, section, existing);
        if (value != Failed)
            option.Property.SetValue(target, value);
    }

    private object BindValue(Shape shape, IConfigurationSection section, object? existing)
    {
        if (IsNull(section))
        {
            Report(HoconErrorCodes.BadValue, section, $"'{PathOf(section)}' is null", "Give it a value, or remove the line to get the default.");
            return Failed;
        }
        if (shape is Shape.Scalar scalar)
            return BindScalar(scalar, section);
        if (!HasKind(section, shape))
            return Failed;
        return shape switch
        {
            Shape.List list => BindList(list, section),
            Shape.Named named => BindNamed(named, section),
            Shape.Section s => BindSection(s, section, existing),
            _ => throw new System.Diagnostics.UnreachableException(shape.GetType().Name),
        };
    }

    private object BindScalar(Shape.Scalar shape, IConfigurationSection section)
    {
        if (section.GetChildren().Any() || section.Value is not { } text || section.GetKind() is "array" or "object")
        {
            Report(HoconErrorCodes.BadValue, section, $"'{PathOf(section)}' is a section or a list", "Write one value.");
            return Failed;
        }
        if (ScalarReader.TryRead(shape.Type, text, out var value, out var expected))
            return value!;
        var shown = HoconRenderer.IsSecret(section.Key) || section.GetKind() == "environment" ? "***" : text;
        Report(HoconErrorCodes.BadValue, section, $"'{PathOf(section)}' is '{shown}'", $"Write {expected}.");
        return Failed;
    }

    private object BindList(Shape.List shape, IConfigurationSection section)
    {
        var items = new List<object>();
        foreach (var child in section.GetChildren().OrderBy(c => IndexOf(c.Key)))
        {
            if (IndexOf(child.Key) == int.MaxValue)
                ReportUnknown(child, []);
            else if (BindValue(Shape.Of(shape.Element), child, null) is var item && item != Failed)
                items.Add(item);
        }
        var array = Array.CreateInstance(shape.Element, items.Count);
        for (var i = 0; i < items.Count; i++)
            array.SetValue(items[i], i);
        return shape.Type.IsAssignableFrom(array.GetType()) && !IsMutable(shape.Type)
            ? array
            : Activator.CreateInstance(typeof(List<>).MakeGenericType(shape.Element), array)!;
    }

    private object BindNamed(Shape.Named shape, IConfigurationSection section)
    {
        var type = typeof(Dictionary<,>).MakeGenericType(typeof(string), shape.Value);
        var named = (IDictionary)Activator.CreateInstance(type, StringComparer.OrdinalIgnoreCase)!;
        foreach (var child in section.GetChildren())
        {
            if (BindValue(Shape.Of(shape.Value), child, null) is var value && value != Failed)
                named.Add(child.Key, value);
        }
        return named;
    }

    /// <summary>An array would satisfy <see cref="IList{T}"/>, but refuses additions.</summary>
    private static bool IsMutable(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IList<>) || type.GetGenericTypeDefinition() == typeof(ICollection<>));

    private static int IndexOf(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue;

    /// <summary>Refuses text where a section or list belongs, and a list where named keys belong.</summary>
    private bool HasKind(IConfigurationSection section, Shape shape)
    {
        var kind = section.GetKind();
        var children = section.GetChildren().Any();
        var fits = shape is Shape.List
            ? children || kind == "array" || (kind is null or "object" && string.IsNullOrEmpty(section.Value))
            : kind != "array" && (children || section.Value is null);
        if (!fits)
        {
            Report(HoconErrorCodes.BadValue, section, $"'{PathOf(section)}' is no {(shape is Shape.List ? "list" : "section")}",
                shape is Shape.List ? "Write it as [a, b]." : "Write it as { key = value }.");
        }
        return fits;
    }

    private static bool IsNull(IConfigurationSection section) => section.GetKind() switch
    {
        "null" => section.Value is null && !section.GetChildren().Any(),
        null => section.Value is null && !section.GetChildren().Any(),
        _ => false,
    };

    private void ReportUnknown(IConfigurationSection section, List<string> known)
    {
        var list = known.Count == 0 ? "only list elements belong here" : "known keys here: " + string.Join(", ", known.Order(StringComparer.Ordinal));
        var advice = KeyNames.Closest(section.Key, known) is { } near ? $"Did you mean '{near}'?" : "Remove it or correct its spelling.";
        Report(HoconErrorCodes.UnknownKey, section, $"unknown key '{PathOf(section)}'; {list}", advice);
    }

    private void Report(string code, IConfiguration section, string what, string advice) =>
        Problems.Add(new HoconProblem(code, section.GetOrigin() ?? new HoconOrigin("configuration", 0, 0), what, advice));

    private static string PathOf(IConfiguration section, string key = "")
    {
        var path = (section as IConfigurationSection)?.Path.Replace(ConfigurationPath.KeyDelimiter, ".", StringComparison.Ordinal) ?? "";
        return string.Join('.', ((string[])[path, key]).Where(p => p.Length > 0));
    }
}

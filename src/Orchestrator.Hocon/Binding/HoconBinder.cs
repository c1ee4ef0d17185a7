using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon.Binding;

namespace Orchestrator.Hocon;

/// <summary>Fills options classes from configuration, and refuses keys that no option reads.</summary>
/// <remarks>
/// <para>A key is the name of a public settable property in kebab case (`RecoveryPointInterval`:
/// `recovery-point-interval`), or the name in a <see cref="ConfigurationKeyNameAttribute"/>. Bound are text, bool, numbers,
/// enums (kebab case), <see cref="TimeSpan"/>, <see cref="ByteSize"/>, absolute <see cref="Uri"/>, types with
/// <see cref="IParsable{TSelf}"/> or a type converter, their nullable forms, nested classes, lists, and dictionaries
/// with string keys.</para>
/// <para>A list that is set replaces the default list. `required` properties must be set. Explicit null is for nullable
/// properties only.</para>
/// </remarks>
public static class HoconBinder
{
    /// <summary>Creates options from a section; keys that are not set keep the defaults of the class.</summary>
    /// <exception cref="HoconException">All unknown keys, unfit values and missing required keys, with file and line.</exception>
    /// <exception cref="InvalidOperationException">The options class has a property that cannot be bound.</exception>
    public static T Bind<T>(IConfiguration section) where T : class
    {
        ArgumentNullException.ThrowIfNull(section);
        var run = new BindingRun();
        var options = run.BindSection(SectionOf(typeof(T)), section);
        return run.Problems.Count == 0 ? (T)options : throw new HoconException(run.Problems);
    }

    /// <summary>Like <see cref="Bind{T}(IConfiguration)"/>, for the section at a path such as `control.journal`.</summary>
    public static T Bind<T>(IConfiguration configuration, string path) where T : class
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(path);
        var section = configuration.GetSection(Colons(path));
        if (section.Value is not { Length: > 0 } && section.GetKind() is null or "object")
            return Bind<T>(section);
        throw new HoconException(HoconErrorCodes.BadValue, section.GetOrigin() ?? new HoconOrigin("configuration", 0, 0),
            $"'{path}' is no section", "Write it as { key = value }.");
    }

    /// <summary>Every key an options class reads, as paths, sorted by class order: lists of sections show as `disks[].size`,
    /// named sections as `machines.*.size`.</summary>
    /// <param name="prefix">Path of the section, put in front; may be empty.</param>
    public static IReadOnlyList<string> Keys<T>(string prefix = "") where T : class
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return [.. KeysOf(SectionOf(typeof(T)), prefix)];
    }

    /// <summary>Keys an options class reads that a configuration does not have: for a test that the reference is complete.
    /// Elements of lists and named sections are not looked into.</summary>
    /// <param name="configuration">The root.</param>
    /// <param name="prefix">Path of the section.</param>
    public static IReadOnlyList<string> MissingKeys<T>(IConfiguration configuration, string prefix = "") where T : class
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return [.. Keys<T>(prefix).Select(Fixed).Distinct().Where(k => !Has(configuration, Colons(k)))];
    }

    private static IEnumerable<string> KeysOf(Shape shape, string path) => shape switch
    {
        Shape.Section s => s.Options.SelectMany(o => KeysOf(o.Shape, path.Length == 0 ? o.Key : $"{path}.{o.Key}")),
        Shape.Named n => KeysOf(Shape.Of(n.Value), path + ".*"),
        Shape.List l when Shape.Of(l.Element) is not Shape.Scalar => KeysOf(Shape.Of(l.Element), path + "[]"),
        _ => [path],
    };

    /// <summary>The part of a key path before list elements or names of the user's choice.</summary>
    private static string Fixed(string key)
    {
        var cut = new[] { key.IndexOf(".*", StringComparison.Ordinal), key.IndexOf("[]", StringComparison.Ordinal) }
            .Where(i => i >= 0).DefaultIfEmpty(key.Length).Min();
        return key[..cut];
    }

    private static bool Has(IConfiguration configuration, string key) =>
        configuration.GetKind(key) is not null || configuration.GetSection(key).Exists();

    private static Shape.Section SectionOf(Type type) =>
        Shape.Of(type) as Shape.Section ?? throw new InvalidOperationException($"{type} is no options class.");

    private static string Colons(string path) => path.Replace('.', ':');
}

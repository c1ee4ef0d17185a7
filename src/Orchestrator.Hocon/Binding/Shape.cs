using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon.Binding;

/// <summary>One option: a public settable property and its key.</summary>
internal sealed record Option(PropertyInfo Property, string Key, Shape Shape, bool Required, bool Nullable);

/// <summary>How a type is written in configuration.</summary>
internal abstract record Shape
{
    private static readonly ConcurrentDictionary<Type, Lazy<Shape>> Known = new();

    private Shape()
    {
    }

    /// <summary>One value of text.</summary>
    public sealed record Scalar(Type Type) : Shape;

    /// <summary>A list.</summary>
    public sealed record List(Type Type, Type Element) : Shape;

    /// <summary>Sections or values with names of the user's choice.</summary>
    public sealed record Named(Type Value) : Shape;

    /// <summary>A section with known keys.</summary>
    public sealed record Section(Type Type, IReadOnlyList<Option> Options) : Shape;

    /// <summary>The shape of a type.</summary>
    /// <exception cref="InvalidOperationException">The options class itself is wrong: a type that cannot be bound.</exception>
    public static Shape Of(Type type) => Known.GetOrAdd(type, t => new Lazy<Shape>(() => Find(t))).Value;

    private static Shape Find(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (ScalarReader.CanRead(type))
            return new Scalar(type);
        if (GenericOf(type, typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)) is [var key, var value])
        {
            return key == typeof(string)
                ? new Named(value)
                : throw Unsupported(type, "its keys are not strings");
        }
        if (type.IsArray)
            return new List(type, type.GetElementType()!);
        if (GenericOf(type, typeof(List<>), typeof(IList<>), typeof(ICollection<>), typeof(IReadOnlyList<>),
                typeof(IReadOnlyCollection<>), typeof(IEnumerable<>)) is [var element])
            return new List(type, element);
        if (type.IsAbstract || !type.IsClass || type.GetConstructor(Type.EmptyTypes) is null)
            throw Unsupported(type, "it is no class with a public parameterless constructor");
        return new Section(type, [.. OptionsOf(type)]);
    }

    private static IEnumerable<Option> OptionsOf(Type type)
    {
        var nullability = new NullabilityInfoContext();
        return
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0
            let key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? KeyNames.Kebab(property.Name)
            let required = property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute))
            select new Option(property, key, Of(property.PropertyType), required,
                nullability.Create(property).WriteState != NullabilityState.NotNull);
    }

    private static Type[] GenericOf(Type type, params Type[] definitions) =>
        type.IsGenericType && definitions.Contains(type.GetGenericTypeDefinition()) ? type.GetGenericArguments() : [];

    private static InvalidOperationException Unsupported(Type type, string why) =>
        new($"{type} cannot be bound from configuration: {why}.");
}

using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace Orchestrator.Hocon.Binding;

/// <summary>Reads single values of text.</summary>
internal static class ScalarReader
{
    private delegate bool Read(string text, out object? value);

    private static readonly MethodInfo ParseMethod =
        typeof(ScalarReader).GetMethod(nameof(ParseOwn), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly Dictionary<Type, (Read Read, string Expected)> Known = new()
    {
        [typeof(string)] = (static (t, out v) => (v = t) is not null, "text"),
        [typeof(bool)] = (static (t, out v) => Box(HoconBoolean.TryParse(t, out var b), b, out v), "true or false"),
        [typeof(TimeSpan)] = (static (t, out v) => Box(HoconDuration.TryParse(t, out var d), d, out v), "a duration such as 500ms, 5s, 1.5h"),
        [typeof(ByteSize)] = (static (t, out v) => Box(HoconSize.TryParse(t, out var s), s, out v), "a size such as 64 MiB, 512 KiB, 1 GB"),
        [typeof(Uri)] = (static (t, out v) => Box(IsAbsolute(t, out var u), u, out v), "an absolute URI such as https://host:8443"),
        [typeof(byte)] = Whole<byte>(),
        [typeof(sbyte)] = Whole<sbyte>(),
        [typeof(short)] = Whole<short>(),
        [typeof(ushort)] = Whole<ushort>(),
        [typeof(int)] = Whole<int>(),
        [typeof(uint)] = Whole<uint>(),
        [typeof(long)] = Whole<long>(),
        [typeof(ulong)] = Whole<ulong>(),
        [typeof(double)] = (static (t, out v) => Box(TryNumber<double>(t, out var n) && double.IsFinite(n), n, out v), "a number"),
        [typeof(float)] = (static (t, out v) => Box(TryNumber<float>(t, out var n) && float.IsFinite(n), n, out v), "a number"),
        [typeof(decimal)] = (static (t, out v) => Box(TryNumber<decimal>(t, out var n), n, out v), "a number"),
    };

    /// <summary>Whether a type is written as one value: the types above, enums, and types that parse themselves.</summary>
    public static bool CanRead(Type type) =>
        Known.ContainsKey(type) || type.IsEnum || ParsesItself(type) || HasOwnConverter(type);

    /// <summary>Reads a value.</summary>
    /// <param name="type">A type for which <see cref="CanRead"/> holds.</param>
    /// <param name="text">The text.</param>
    /// <param name="value">The value.</param>
    /// <param name="expected">What would have been right, if false is returned.</param>
    public static bool TryRead(Type type, string text, out object? value, out string expected)
    {
        if (Known.TryGetValue(type, out var known))
        {
            expected = known.Expected;
            return known.Read(text, out value);
        }
        if (type.IsEnum)
            return TryReadEnum(type, text, out value, out expected);
        expected = $"a valid {KeyNames.Kebab(type.Name).Replace('-', ' ')}";
        return TryReadOwn(type, text, out value);
    }

    private static (Read, string) Whole<T>() where T : struct, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T> =>
        (static (t, out v) => Box(T.TryParse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n), n, out v),
            $"a whole number from {T.MinValue} to {T.MaxValue}");

    private static bool TryNumber<T>(string text, out T number) where T : struct, System.Numerics.INumber<T> =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    /// <summary>On Unix a plain path counts as an absolute URI; here it is more likely a forgotten scheme.</summary>
    private static bool IsAbsolute(string text, out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri) && text.Contains(':', StringComparison.Ordinal);

    private static bool Box<T>(bool read, T value, out object? boxed)
    {
        boxed = read ? value : null;
        return read;
    }

    private static bool TryReadEnum(Type type, string text, out object? value, out string expected)
    {
        var names = Enum.GetNames(type);
        expected = "one of: " + string.Join(", ", names.Select(KeyNames.Kebab));
        var name = Array.Find(names, n => KeyNames.Bare(n) == KeyNames.Bare(text));
        value = name is null ? null : Enum.Parse(type, name);
        return value is not null;
    }

    private static bool TryReadOwn(Type type, string text, out object? value)
    {
        if (ParsesItself(type))
        {
            // IParsable is often implemented explicitly: only a generic call reaches it.
            value = ParseMethod.MakeGenericMethod(type).Invoke(null, [text]);
            return value is not null;
        }
        try
        {
            value = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return value is not null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or NotSupportedException or HoconException)
        {
            value = null;
            return false;
        }
    }

    private static object? ParseOwn<T>(string text) where T : IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static bool ParsesItself(Type type) => Array.Exists(type.GetInterfaces(), i =>
        i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>) && i.GetGenericArguments()[0] == type);

    private static bool HasOwnConverter(Type type) =>
        type.IsDefined(typeof(TypeConverterAttribute), inherit: true)
        && TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));
}

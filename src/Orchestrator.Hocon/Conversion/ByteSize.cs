using System.ComponentModel;
using System.Globalization;

namespace Orchestrator.Hocon;

/// <summary>An amount of bytes, from 0 to 2^63-1.</summary>
[TypeConverter(typeof(ByteSizeConverter))]
public readonly record struct ByteSize : IComparable<ByteSize>
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Creates a size.</summary>
    /// <param name="bytes">Not negative.</param>
    public ByteSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
    }

    /// <summary>The amount in bytes.</summary>
    public long Bytes { get; }

    /// <summary>A size in KiB, 1024 bytes each.</summary>
    public static ByteSize FromKibibytes(long count) => new(checked(count * 1024));

    /// <summary>A size in MiB, 2^20 bytes each.</summary>
    public static ByteSize FromMebibytes(long count) => new(checked(count * (1L << 20)));

    /// <summary>A size in GiB, 2^30 bytes each.</summary>
    public static ByteSize FromGibibytes(long count) => new(checked(count * (1L << 30)));

    /// <inheritdoc cref="HoconSize.Parse"/>
    public static ByteSize Parse(string text) => HoconSize.Parse(text);

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Whether the left is smaller.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>Whether the left is larger.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>Whether the left is not larger.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>Whether the left is not smaller.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    /// <summary>The exact size in the largest fitting unit, such as `64 MiB`; parses back to the same.</summary>
    public override string ToString()
    {
        var unit = 0;
        var amount = Bytes;
        for (; amount > 0 && amount % 1024 == 0 && unit < Units.Length - 1; unit++)
            amount /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{amount} {Units[unit]}");
    }
}

/// <summary>Lets the configuration binder of .NET read a <see cref="ByteSize"/> from text such as `64 MiB`.</summary>
public sealed class ByteSizeConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? HoconSize.Parse(text) : base.ConvertFrom(context, culture, value);
}

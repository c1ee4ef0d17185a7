using System.Collections.Frozen;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>Turns the records of a closed family into messages and back: [number, version, [fields…]]. Safe for use by several threads.</summary>
/// <typeparam name="TFamily">The family.</typeparam>
internal sealed class MessageTable<TFamily>(IEnumerable<RecordFormat<TFamily>> formats)
    where TFamily : class
{
    private const int Fields = 3;
    private readonly FrozenDictionary<int, RecordFormat<TFamily>> _byNumber = formats.ToFrozenDictionary(format => format.Number);
    private readonly FrozenDictionary<Type, RecordFormat<TFamily>> _byType = formats.ToFrozenDictionary(format => format.Type);

    /// <summary>All formats, by number.</summary>
    public IReadOnlyList<RecordFormat<TFamily>> Formats => [.. _byNumber.Values.OrderBy(format => format.Number)];

    /// <exception cref="ArgumentException">The type has no format, or the value holds an enum value that is not defined.</exception>
    public byte[] Encode(TFamily value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return _byType.TryGetValue(value.GetType(), out var format)
            ? MessagePackSerializer.Serialize(value, (ref w, item) => Write(ref w, format, item))
            : throw new ArgumentException($"{value.GetType().Name} has no format: give it one in {nameof(Codecs)}.", nameof(value));
    }

    /// <exception cref="FormatException">The bytes are no such message, or one of another version of the program.</exception>
    public TFamily Decode(ReadOnlySpan<byte> body)
    {
        try
        {
            return MessagePackSerializer.Deserialize(body, Read);
        }
        catch (Exception error) when (error is MessagePackException or ArgumentException)
        {
            throw new FormatException($"The message is no {typeof(TFamily).Name}. {error.Message}", error);
        }
    }

    private static void Write(ref MessagePackWriter writer, RecordFormat<TFamily> format, TFamily value)
    {
        writer.BeginContract(Fields);
        writer.Write(format.Number);
        writer.Write((int)format.Version);
        format.Write(ref writer, value);
        writer.EndContract();
    }

    private TFamily Read(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var (number, version) = (reader.ReadInt32(), reader.ReadInt32());
        if (_byNumber.GetValueOrDefault(number) is not { } format || format.Version != version)
        {
            throw new FormatException(
                $"This program knows no {typeof(TFamily).Name} number {number} in version {version}. Bring the nodes to one version.");
        }

        var value = format.Read(ref reader);
        reader.EndContract();
        return value;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.MessagePack;

/// <summary>
/// MessagePack as JSON that other programs can parse. Where JSON has no such value:
/// <list type="bullet">
/// <item>bytes: <c>{"base64":"…"}</c>; 16 bytes, most likely an identifier, get <c>"uuid"</c> beside it</item>
/// <item>timestamps: text in ISO 8601, UTC; other extensions: <c>{"extension":5,"base64":"…"}</c></item>
/// <item>numbers that are not finite: <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c></item>
/// <item>maps with a key that is no text: <c>{"map":[[key,value],…]}</c></item>
/// </list>
/// </summary>
public static class MessagePackJson
{
    /// <summary>Converts one value.</summary>
    /// <param name="data">The value.</param>
    /// <param name="fields">Names for the elements of the outermost array, which then becomes an object; <c>field7</c> where they end.</param>
    /// <returns>The value; null for nil.</returns>
    /// <exception cref="MessagePackException">The data is not one well-formed value.</exception>
    public static JsonNode? Convert(ReadOnlySpan<byte> data, IReadOnlyList<string>? fields = null)
    {
        var reader = new MessagePackReader(data);
        var node = fields is { Count: > 0 } && reader.PeekType() == MessagePackType.Array ? ReadFields(ref reader, fields) : Read(ref reader);
        reader.EnsureEnd();
        return node;
    }

    private static JsonObject ReadFields(ref MessagePackReader reader, IReadOnlyList<string> fields)
    {
        var count = reader.ReadArrayHeader();
        var result = new JsonObject();
        for (var i = 0; i < count; i++)
        {
            result[i < fields.Count ? fields[i] : string.Create(CultureInfo.InvariantCulture, $"field{i}")] = Read(ref reader);
        }

        return result;
    }

    /// <remarks>Recursion is bounded by <see cref="MessagePackReader.MaxDepth"/>.</remarks>
    private static JsonNode? Read(ref MessagePackReader reader)
    {
        switch (reader.PeekType())
        {
            case MessagePackType.Nil: reader.ReadNil(); return null;
            case MessagePackType.Boolean: return reader.ReadBoolean();
            case MessagePackType.Integer: return reader.TryReadUInt64(out var unsigned) ? unsigned : reader.ReadInt64();
            case MessagePackType.FloatingPoint: return Number(reader.TryReadSingle(out var single) ? single : reader.ReadDouble());
            case MessagePackType.Text: return reader.ReadString();
            case MessagePackType.Binary: return Bytes(reader.ReadBinarySpan());
            case MessagePackType.Array: return ReadArray(ref reader);
            case MessagePackType.Map: return ReadMap(ref reader);
            default: return ReadExtension(ref reader);
        }
    }

    private static JsonArray ReadArray(ref MessagePackReader reader)
    {
        var count = reader.ReadArrayHeader();
        var result = new JsonArray();
        for (var i = 0; i < count; i++) result.Add(Read(ref reader));
        return result;
    }

    private static JsonObject ReadMap(ref MessagePackReader reader)
    {
        var count = reader.ReadMapHeader();
        var (named, pairs, isNamed) = (new JsonObject(), new JsonArray(), true);
        for (var i = 0; i < count; i++)
        {
            var (key, value) = (Read(ref reader), Read(ref reader));
            isNamed &= key is JsonValue text && text.TryGetValue<string>(out var name) && named.TryAdd(name, value?.DeepClone());
            pairs.Add(new JsonArray(key, value));
        }

        return isNamed ? named : new JsonObject { ["map"] = pairs };
    }

    private static JsonNode ReadExtension(ref MessagePackReader reader)
    {
        if (reader.TryReadDateTime(out var at)) return at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
        var body = reader.ReadExtension(out var type);
        return new JsonObject { ["extension"] = (int)type, ["base64"] = System.Convert.ToBase64String(body) };
    }

    private static JsonValue Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    private static JsonObject Bytes(ReadOnlySpan<byte> bytes)
    {
        var result = new JsonObject { ["base64"] = System.Convert.ToBase64String(bytes) };
        if (bytes.Length == 16) result["uuid"] = new Guid(bytes, bigEndian: true).ToString("D");
        return result;
    }
}

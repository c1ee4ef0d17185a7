using System.Globalization;
using System.Text;

namespace Orchestrator.MessagePack;

/// <summary>
/// MessagePack as text for people: JSON where JSON has the value, and a notation of its own for the rest.
/// <list type="bullet">
/// <item>bytes: <c>h'00ff'</c>, cut after 64 with the full length behind it; 16 bytes, most likely an identifier:
/// <c>id'9b2f…'</c></item>
/// <item>timestamps: <c>t'2025-01-31T12:00:00.5Z'</c>; other extensions: <c>ext(5, h'00ff')</c></item>
/// <item>numbers of 32 bits: <c>1.5f</c>; <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c></item>
/// <item>keys of maps: any value</item>
/// </list>
/// The text is for reading, not for parsing. Characters that could steer a terminal or hide text are escaped.
/// </summary>
public static class MessagePackText
{
    private const int MaxBytesShown = 64;

    /// <summary>Renders one value on one line. Never refuses: where data is damaged, the text ends with the reason in angle brackets.</summary>
    /// <param name="data">The value.</param>
    /// <returns>The text.</returns>
    public static string Render(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder();
        var reader = new MessagePackReader(data);
        try
        {
            Append(text, ref reader);
            reader.EnsureEnd();
        }
        catch (MessagePackException error)
        {
            text.Append(CultureInfo.InvariantCulture, $" <{error.Code}: {error.Message}>");
        }

        return text.ToString();
    }

    /// <remarks>Recursion is bounded by <see cref="MessagePackReader.MaxDepth"/>.</remarks>
    private static void Append(StringBuilder text, ref MessagePackReader reader)
    {
        switch (reader.PeekType())
        {
            case MessagePackType.Nil: reader.ReadNil(); text.Append("null"); break;
            case MessagePackType.Boolean: text.Append(reader.ReadBoolean() ? "true" : "false"); break;
            case MessagePackType.Integer: AppendInteger(text, ref reader); break;
            case MessagePackType.FloatingPoint: AppendFloatingPoint(text, ref reader); break;
            case MessagePackType.Text: AppendQuoted(text, reader.ReadString()); break;
            case MessagePackType.Binary: AppendBytes(text, reader.ReadBinarySpan()); break;
            case MessagePackType.Array: AppendArray(text, ref reader); break;
            case MessagePackType.Map: AppendMap(text, ref reader); break;
            default: AppendExtension(text, ref reader); break;
        }
    }

    private static void AppendArray(StringBuilder text, ref MessagePackReader reader)
    {
        var count = reader.ReadArrayHeader();
        text.Append('[');
        for (var i = 0; i < count; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, ref reader);
        }

        text.Append(']');
    }

    private static void AppendMap(StringBuilder text, ref MessagePackReader reader)
    {
        var count = reader.ReadMapHeader();
        text.Append('{');
        for (var i = 0; i < count; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, ref reader);
            text.Append(": ");
            Append(text, ref reader);
        }

        text.Append('}');
    }

    private static void AppendInteger(StringBuilder text, ref MessagePackReader reader)
    {
        if (reader.TryReadUInt64(out var unsigned)) text.Append(unsigned);
        else text.Append(reader.ReadInt64());
    }

    private static void AppendFloatingPoint(StringBuilder text, ref MessagePackReader reader)
    {
        var single = reader.TryReadSingle(out var narrow);
        var value = single ? narrow : reader.ReadDouble();
        var digits = single
            ? narrow.ToString("R", CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);
        text.Append(digits);
        if (!double.IsFinite(value)) return;
        if (!digits.AsSpan().ContainsAny(".E")) text.Append(".0"); // 1.0 is not the number 1
        if (single) text.Append('f');
    }

    private static void AppendExtension(StringBuilder text, ref MessagePackReader reader)
    {
        if (reader.TryReadDateTime(out var at))
        {
            text.Append(CultureInfo.InvariantCulture, $"t'{at:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'}'");
            return;
        }

        var body = reader.ReadExtension(out var type);
        text.Append(CultureInfo.InvariantCulture, $"ext({type}, ");
        AppendHex(text, body);
        text.Append(')');
    }

    private static void AppendBytes(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 16) text.Append(CultureInfo.InvariantCulture, $"id'{new Guid(bytes, bigEndian: true)}'");
        else AppendHex(text, bytes);
    }

    private static void AppendHex(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        var shown = bytes[..Math.Min(bytes.Length, MaxBytesShown)];
        text.Append("h'").Append(Convert.ToHexStringLower(shown));
        if (shown.Length == bytes.Length) text.Append('\'');
        else text.Append(CultureInfo.InvariantCulture, $"…' ({bytes.Length} bytes)");
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') text.Append('\\').Append((char)rune.Value);
            else if (rune.Value == '\n') text.Append("\\n");
            else if (rune.Value == '\t') text.Append("\\t");
            else if (IsSafe(rune)) text.Append(rune.ToString());
            else AppendEscaped(text, rune);
        }

        text.Append('"');
    }

    /// <summary>Control and format characters include ESC and the ones that turn the direction of text.</summary>
    private static bool IsSafe(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void AppendEscaped(StringBuilder text, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        var count = rune.EncodeToUtf16(units);
        foreach (var unit in units[..count]) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
    }
}

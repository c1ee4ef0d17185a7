using System.Text;
using System.Text.Unicode;

namespace Orchestrator.MessagePack;

/// <content>Text, bytes, extensions and the types stored as such.</content>
public ref partial struct MessagePackReader
{
    /// <summary>Reads text.</summary>
    /// <returns>The text.</returns>
    /// <exception cref="MessagePackException">It is not text, or not valid UTF-8 (overlong forms and surrogates are not).</exception>
    public string ReadString() => Encoding.UTF8.GetString(ReadUtf8());

    /// <summary>Reads text without copying it.</summary>
    /// <returns>Valid UTF-8, a part of the data the reader was created on.</returns>
    /// <exception cref="MessagePackException">It is not text, or not valid UTF-8.</exception>
    public ReadOnlySpan<byte> ReadUtf8()
    {
        var token = Expect(MessagePackType.Text);
        var bytes = PayloadOf(token);
        if (!Utf8.IsValid(bytes)) throw Fault.InvalidUtf8(_offset);
        Consume(token);
        return bytes;
    }

    /// <summary>Reads bytes.</summary>
    /// <returns>A copy.</returns>
    /// <exception cref="MessagePackException">The value is not of type bin.</exception>
    public byte[] ReadBinary() => ReadBinarySpan().ToArray();

    /// <summary>Reads bytes without copying them.</summary>
    /// <returns>A part of the data the reader was created on.</returns>
    /// <exception cref="MessagePackException">The value is not of type bin.</exception>
    public ReadOnlySpan<byte> ReadBinarySpan()
    {
        var token = Expect(MessagePackType.Binary);
        var bytes = PayloadOf(token);
        Consume(token);
        return bytes;
    }

    /// <summary>Reads an extension of any type.</summary>
    /// <param name="type">Its type.</param>
    /// <returns>Its body, a part of the data the reader was created on.</returns>
    /// <exception cref="MessagePackException">The value is not an extension.</exception>
    public ReadOnlySpan<byte> ReadExtension(out sbyte type)
    {
        var token = Expect(MessagePackType.Extension);
        type = ExtensionType(token);
        var bytes = PayloadOf(token);
        Consume(token);
        return bytes;
    }

    /// <summary>Reads an identifier of 16 bytes, big-endian.</summary>
    /// <returns>The identifier.</returns>
    /// <exception cref="MessagePackException">The value is not 16 bytes.</exception>
    public Guid ReadGuid()
    {
        var token = Expect(MessagePackType.Binary);
        if (token.Length != 16)
            throw Fault.InvalidValue(_offset + token.HeaderLength, $"an identifier has 16 bytes, not {token.Length}");
        var value = new Guid(PayloadOf(token), bigEndian: true);
        Consume(token);
        return value;
    }

    /// <summary>Reads a duration in ticks of 100 ns.</summary>
    /// <returns>The duration.</returns>
    /// <exception cref="MessagePackException">The value is not a whole number of 64 bits.</exception>
    public TimeSpan ReadTimeSpan() => new(ReadInt64());

    /// <summary>Reads a timestamp; what is finer than 100 ns is cut off.</summary>
    /// <returns>The instant, in UTC.</returns>
    /// <exception cref="MessagePackException">The value is no timestamp, or outside the years 0001 to 9999.</exception>
    public DateTimeOffset ReadDateTimeOffset() => new(ReadUtcTicks(), TimeSpan.Zero);

    /// <inheritdoc cref="ReadDateTimeOffset"/>
    public DateTime ReadDateTime() => new(ReadUtcTicks(), DateTimeKind.Utc);

    /// <summary>Reads a timestamp in full: any instant the specification can express.</summary>
    /// <returns>Seconds since 1970-01-01T00:00:00Z, and nanoseconds after that second.</returns>
    /// <exception cref="MessagePackException">The value is no timestamp.</exception>
    public (long Seconds, uint Nanoseconds) ReadTimestamp()
    {
        var token = PeekTimestamp(out var seconds, out var nanoseconds);
        Consume(token);
        return (seconds, nanoseconds);
    }

    /// <summary>Reads a timestamp; consumes nothing if the extension is none, or one that .NET cannot express.</summary>
    internal bool TryReadDateTime(out DateTime value)
    {
        value = default;
        var token = Expect(MessagePackType.Extension);
        if (TimestampError(token, out var seconds, out var nanoseconds) is not null) return false;
        if (!Timestamp.TryToUtcTicks(seconds, nanoseconds, out var ticks)) return false;
        value = new DateTime(ticks, DateTimeKind.Utc);
        Consume(token);
        return true;
    }

    private long ReadUtcTicks()
    {
        var token = PeekTimestamp(out var seconds, out var nanoseconds);
        if (!Timestamp.TryToUtcTicks(seconds, nanoseconds, out var ticks))
            throw Fault.InvalidTimestamp(_offset, $"{seconds} s since 1970 is outside the years 0001 to 9999");
        Consume(token);
        return ticks;
    }

    private readonly Token PeekTimestamp(out long seconds, out uint nanoseconds)
    {
        var token = Expect(MessagePackType.Extension);
        var error = TimestampError(token, out seconds, out nanoseconds);
        return error is null ? token : throw Fault.InvalidTimestamp(_offset, error);
    }

    /// <summary>Takes an extension apart as a timestamp; returns what is wrong with it, or null.</summary>
    private readonly string? TimestampError(Token token, out long seconds, out uint nanoseconds)
    {
        (seconds, nanoseconds) = (0, 0);
        var type = ExtensionType(token);
        if (type != Format.TimestampExtension) return $"it is an extension of type {type}, not -1";
        if (token.Length is not (4 or 8 or 12)) return $"it has {token.Length} bytes, not 4, 8 or 12";
        var body = PayloadOf(token);
        (seconds, nanoseconds) = body.Length switch
        {
            4 => ((long)BigEndian(body), 0U),
            8 => ((long)(BigEndian(body) & ((1UL << 34) - 1)), (uint)(BigEndian(body) >> 34)),
            _ => ((long)BigEndian(body[4..]), (uint)BigEndian(body[..4])),
        };
        return nanoseconds <= Timestamp.MaxNanoseconds ? null : $"it has {nanoseconds} ns, a second or more";
    }

    /// <summary>The type of an extension is the last byte of its header.</summary>
    private readonly sbyte ExtensionType(Token token) => (sbyte)_data[_offset + token.HeaderLength - 1];
}

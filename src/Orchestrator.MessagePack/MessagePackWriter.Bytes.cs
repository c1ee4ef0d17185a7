using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Orchestrator.MessagePack;

/// <content>Text, bytes, extensions and the types stored as such.</content>
public ref partial struct MessagePackWriter
{
    private const int MaxHeader = 6;

    /// <summary>Writes text as UTF-8.</summary>
    /// <param name="value">The text; for text that may be null see <see cref="WriteNullable(string?)"/>.</param>
    /// <exception cref="MessagePackException">The text holds a lone surrogate, which UTF-8 cannot express.</exception>
    public void Write(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Write(value.AsSpan());
    }

    /// <summary>Writes text as UTF-8.</summary>
    /// <param name="value">The text.</param>
    /// <exception cref="MessagePackException">The text holds a lone surrogate, which UTF-8 cannot express.</exception>
    public void Write(scoped ReadOnlySpan<char> value)
    {
        CheckRoom(entering: false);
        var length = Encoding.UTF8.GetByteCount(value);
        var span = _output.GetSpan(checked(MaxHeader + length));
        var header = TextHeader(span, length);
        var status = Utf8.FromUtf16(value, span[header..], out _, out var written, replaceInvalidSequences: false);
        if (status != OperationStatus.Done) throw Fault.LoneSurrogate(WrittenCount);
        Advance(header + written);
        _open.CountScalar();
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBinary(scoped ReadOnlySpan<byte> value)
    {
        CheckRoom(entering: false);
        if (value.Length <= byte.MaxValue) Put(Format.Bin8, (ulong)value.Length, 1);
        else if (value.Length <= ushort.MaxValue) Put(Format.Bin16, (ulong)value.Length, 2);
        else Put(Format.Bin32, (ulong)value.Length, 4);
        PutBytes(value);
        _open.CountScalar();
    }

    /// <summary>Writes an extension.</summary>
    /// <param name="type">The application's type, 0 to 127; negative ones belong to the specification.</param>
    /// <param name="value">The body.</param>
    public void WriteExtension(sbyte type, scoped ReadOnlySpan<byte> value)
    {
        CheckRoom(entering: false);
        PutExtensionHeader(value.Length);
        PutBytes([(byte)type]);
        PutBytes(value);
        _open.CountScalar();
    }

    /// <summary>
    /// Writes one value that is encoded already, unchanged: what <see cref="MessagePackReader.ReadRaw"/> kept of a type
    /// this version does not know.
    /// </summary>
    /// <param name="encoded">Exactly one well-formed value.</param>
    /// <exception cref="MessagePackException">It is not one well-formed value, or too deeply nested for this place.</exception>
    public void WriteRaw(scoped ReadOnlySpan<byte> encoded)
    {
        CheckRoom(entering: false);
        var check = new MessagePackReader(encoded, _open.Depth);
        check.Skip();
        check.EnsureEnd();
        PutBytes(encoded);
        _open.CountScalar();
    }

    /// <summary>Writes an identifier as 16 bytes in the order of its text form (big-endian, RFC 9562).</summary>
    /// <param name="value">The identifier.</param>
    public void Write(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        WriteBinary(bytes);
    }

    /// <summary>Writes a duration as its ticks of 100 ns.</summary>
    /// <param name="value">The duration.</param>
    public void Write(TimeSpan value) => Write(value.Ticks);

    /// <summary>Writes an instant as a timestamp. The instant is kept to 100 ns; the offset from UTC is not kept.</summary>
    /// <param name="value">The instant.</param>
    public void Write(DateTimeOffset value)
    {
        var (seconds, nanoseconds) = Timestamp.FromUtcTicks(value.UtcTicks);
        WriteTimestamp(seconds, nanoseconds);
    }

    /// <summary>Writes an instant as a timestamp.</summary>
    /// <param name="value">The instant; its kind must be <see cref="DateTimeKind.Utc"/>.</param>
    /// <exception cref="ArgumentException">The kind is not UTC, so the instant is not known.</exception>
    public void Write(DateTime value)
    {
        if (value.Kind != DateTimeKind.Utc)
            throw new ArgumentException($"The time is of kind {value.Kind}; convert it to UTC first.", nameof(value));
        Write(new DateTimeOffset(value));
    }

    /// <summary>Writes a timestamp in the shortest of the three layouts of the specification (32, 64 or 96 bits).</summary>
    /// <param name="seconds">Seconds since 1970-01-01T00:00:00Z, negative before.</param>
    /// <param name="nanoseconds">Nanoseconds after that second, at most 999 999 999.</param>
    public void WriteTimestamp(long seconds, uint nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nanoseconds, Timestamp.MaxNanoseconds);
        Span<byte> body = stackalloc byte[12];
        if (seconds is < 0 or >= 1L << 34)
        {
            PutBigEndian(body, nanoseconds, 4);
            PutBigEndian(body[4..], (ulong)seconds, 8);
        }
        else if (nanoseconds == 0 && seconds <= uint.MaxValue)
        {
            PutBigEndian(body, (ulong)seconds, 4);
            body = body[..4];
        }
        else
        {
            PutBigEndian(body, ((ulong)nanoseconds << 34) | (ulong)seconds, 8);
            body = body[..8];
        }

        WriteExtension(Format.TimestampExtension, body);
    }

    private static int TextHeader(Span<byte> span, int length)
    {
        var (format, width) = length switch
        {
            <= 31 => ((byte)(Format.FixStr | length), 0),
            <= byte.MaxValue => (Format.Str8, 1),
            <= ushort.MaxValue => (Format.Str16, 2),
            _ => (Format.Str32, 4),
        };
        span[0] = format;
        PutBigEndian(span[1..], (ulong)length, width);
        return 1 + width;
    }

    private void PutExtensionHeader(int length)
    {
        switch (length)
        {
            case 1: Put(Format.FixExt1, 0, 0); break;
            case 2: Put(Format.FixExt2, 0, 0); break;
            case 4: Put(Format.FixExt4, 0, 0); break;
            case 8: Put(Format.FixExt8, 0, 0); break;
            case 16: Put(Format.FixExt16, 0, 0); break;
            case <= byte.MaxValue: Put(Format.Ext8, (ulong)length, 1); break;
            case <= ushort.MaxValue: Put(Format.Ext16, (ulong)length, 2); break;
            default: Put(Format.Ext32, (ulong)length, 4); break;
        }
    }

    private void PutBytes(scoped ReadOnlySpan<byte> value)
    {
        _output.Write(value);
        WrittenCount += value.Length;
    }
}

using System.Globalization;

namespace Orchestrator.MessagePack;

/// <content>Numbers.</content>
public ref partial struct MessagePackReader
{
    /// <summary>Reads a whole number of any width, if it lies in the range.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">It is not a whole number, or does not fit.</exception>
    public long ReadInt64() => ReadInRange(long.MinValue, long.MaxValue, "a signed 64-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public int ReadInt32() => (int)ReadInRange(int.MinValue, int.MaxValue, "a signed 32-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public short ReadInt16() => (short)ReadInRange(short.MinValue, short.MaxValue, "a signed 16-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public sbyte ReadSByte() => (sbyte)ReadInRange(sbyte.MinValue, sbyte.MaxValue, "a signed 8-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public uint ReadUInt32() => (uint)ReadInRange(0, uint.MaxValue, "an unsigned 32-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public ushort ReadUInt16() => (ushort)ReadInRange(0, ushort.MaxValue, "an unsigned 16-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public byte ReadByte() => (byte)ReadInRange(0, byte.MaxValue, "an unsigned 8-bit number");

    /// <inheritdoc cref="ReadInt64"/>
    public ulong ReadUInt64()
    {
        var token = Expect(MessagePackType.Integer);
        var bits = IntegerBits(token, out var negative);
        if (negative) throw Fault.OutOfRange(_offset, Text(bits, negative), "an unsigned 64-bit number");
        Consume(token);
        return bits;
    }

    /// <summary>Reads a floating-point number of 64 bits, or one of 32 bits, which widens without loss.</summary>
    /// <returns>The value, bit for bit unless widened.</returns>
    /// <exception cref="MessagePackException">It is not a floating-point number; whole numbers are not converted.</exception>
    public double ReadDouble()
    {
        var token = Expect(MessagePackType.FloatingPoint);
        var bits = BigEndian(PayloadOf(token));
        Consume(token);
        return token.Length == 4 ? BitConverter.UInt32BitsToSingle((uint)bits) : BitConverter.UInt64BitsToDouble(bits);
    }

    /// <summary>Reads a floating-point number of 32 bits.</summary>
    /// <returns>The value, bit for bit.</returns>
    /// <exception cref="MessagePackException">It is not one; 64 bits are not rounded.</exception>
    public float ReadSingle()
    {
        var token = Expect(MessagePackType.FloatingPoint);
        if (token.Length != 4) throw Fault.OutOfRange(_offset, "of 64 bits", "a 32-bit floating-point number");
        var bits = BigEndian(PayloadOf(token));
        Consume(token);
        return BitConverter.UInt32BitsToSingle((uint)bits);
    }

    /// <summary>Reads a whole number that is not negative; consumes nothing if it is.</summary>
    internal bool TryReadUInt64(out ulong value)
    {
        var token = Expect(MessagePackType.Integer);
        value = IntegerBits(token, out var negative);
        if (!negative) Consume(token);
        return !negative;
    }

    /// <summary>Reads a floating-point number of 32 bits; consumes nothing if it has 64.</summary>
    internal bool TryReadSingle(out float value)
    {
        var token = Expect(MessagePackType.FloatingPoint);
        value = token.Length == 4 ? BitConverter.UInt32BitsToSingle((uint)BigEndian(PayloadOf(token))) : 0;
        if (token.Length == 4) Consume(token);
        return token.Length == 4;
    }

    private long ReadInRange(long min, long max, string target)
    {
        var token = Expect(MessagePackType.Integer);
        var bits = IntegerBits(token, out var negative);
        var fits = negative ? (long)bits >= min : bits <= (ulong)max;
        if (!fits) throw Fault.OutOfRange(_offset, Text(bits, negative), target);
        Consume(token);
        return (long)bits;
    }

    /// <summary>The number as 64 bits in two's complement; without <paramref name="negative"/> they are unsigned.</summary>
    private readonly ulong IntegerBits(Token token, out bool negative)
    {
        var format = _data[_offset];
        var value = token.Length == 0 ? (ulong)(sbyte)format : BigEndian(PayloadOf(token));
        if (format is >= Format.Int8 and <= Format.Int64)
        {
            var unused = 64 - (8 * (int)token.Length);
            value = (ulong)((long)value << unused >> unused);
        }

        negative = format is < Format.UInt8 or > Format.UInt64 && (long)value < 0;
        return value;
    }

    private static string Text(ulong bits, bool negative) => negative
        ? ((long)bits).ToString(CultureInfo.InvariantCulture)
        : bits.ToString(CultureInfo.InvariantCulture);
}

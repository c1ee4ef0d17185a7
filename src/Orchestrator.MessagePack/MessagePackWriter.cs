using System.Buffers;
using System.Buffers.Binary;

namespace Orchestrator.MessagePack;

/// <summary>
/// Writes MessagePack, always in the shortest form the specification has for a value: equal values give equal bytes,
/// so the bytes can be hashed. Numbers keep their kind: 1.0 stays a floating-point number and a
/// <see cref="float"/> stays 32 bits wide.
/// <para>The writer counts: an array, map or contract must get exactly the values its header announced, or the next
/// call that notices throws <see cref="InvalidOperationException"/>. Pass it by reference, never copy it.</para>
/// <para>Source: the MessagePack specification (github.com/msgpack/msgpack, spec.md).</para>
/// </summary>
public ref partial struct MessagePackWriter
{
    private readonly IBufferWriter<byte> _output;
    private OpenContainers _open;

    /// <summary>Creates a writer that appends to <paramref name="output"/>.</summary>
    /// <param name="output">The destination, for example a <see cref="MessagePackBuffer"/>.</param>
    public MessagePackWriter(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <summary>The bytes written so far by this writer.</summary>
    public long WrittenCount { get; private set; }

    /// <summary>The number of arrays, maps and contracts still open.</summary>
    public readonly int Depth => _open.Depth;

    /// <summary>Checks that at least one value was written and no array, map or contract lacks values.</summary>
    /// <exception cref="InvalidOperationException">The message is incomplete: a mistake of the calling code.</exception>
    public readonly void EnsureComplete()
    {
        if (WrittenCount == 0) throw new InvalidOperationException("Nothing was written: a message is exactly one value.");
        if (_open.Depth == 0) return;
        throw new InvalidOperationException(_open.InContract
            ? "A contract was begun and not ended: call EndContract after its last field."
            : $"The innermost array or map lacks {_open.Owed} values: its header announced more than was written.");
    }

    /// <summary>Writes nil.</summary>
    public void WriteNil() => PutScalar(Format.Nil, 0, 0);

    /// <summary>Writes true or false.</summary>
    /// <param name="value">The value.</param>
    public void Write(bool value) => PutScalar(value ? Format.True : Format.False, 0, 0);

    /// <summary>Writes a whole number in as few bytes as it needs; smaller types convert to this one.</summary>
    /// <param name="value">The value.</param>
    public void Write(long value)
    {
        if (value >= 0) Write((ulong)value);
        else if (value >= -32) PutScalar((byte)value, 0, 0);
        else if (value >= sbyte.MinValue) PutScalar(Format.Int8, (ulong)value, 1);
        else if (value >= short.MinValue) PutScalar(Format.Int16, (ulong)value, 2);
        else if (value >= int.MinValue) PutScalar(Format.Int32, (ulong)value, 4);
        else PutScalar(Format.Int64, (ulong)value, 8);
    }

    /// <summary>Writes a whole number in as few bytes as it needs.</summary>
    /// <param name="value">The value.</param>
    public void Write(ulong value)
    {
        if (value <= Format.MaxPositiveFixInt) PutScalar((byte)value, 0, 0);
        else if (value <= byte.MaxValue) PutScalar(Format.UInt8, value, 1);
        else if (value <= ushort.MaxValue) PutScalar(Format.UInt16, value, 2);
        else if (value <= uint.MaxValue) PutScalar(Format.UInt32, value, 4);
        else PutScalar(Format.UInt64, value, 8);
    }

    /// <summary>Writes a number of 32 bits, bit for bit (also NaN).</summary>
    /// <param name="value">The value.</param>
    public void Write(float value) => PutScalar(Format.Float32, BitConverter.SingleToUInt32Bits(value), 4);

    /// <summary>Writes a number of 64 bits, bit for bit (also NaN).</summary>
    /// <param name="value">The value.</param>
    public void Write(double value) => PutScalar(Format.Float64, BitConverter.DoubleToUInt64Bits(value), 8);

    /// <summary>Writes the header of an array; its elements are the next <paramref name="count"/> values.</summary>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="MessagePackException">Nested deeper than <see cref="MessagePackReader.MaxDepth"/>.</exception>
    public void WriteArrayHeader(int count) => PutArray(count, contract: false);

    /// <summary>
    /// Writes the header of a map; its pairs are the next 2 × <paramref name="count"/> values, key before value.
    /// Write the keys in a fixed order, each once: order and duplicates are not checked here.
    /// </summary>
    /// <param name="count">The number of pairs, at most 2^30.</param>
    /// <exception cref="MessagePackException">Nested deeper than <see cref="MessagePackReader.MaxDepth"/>.</exception>
    public void WriteMapHeader(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, int.MaxValue / 2);
        CheckRoom(entering: true);
        if (count <= 15) Put((byte)(Format.FixMap | count), 0, 0);
        else if (count <= ushort.MaxValue) Put(Format.Map16, (ulong)count, 2);
        else Put(Format.Map32, (ulong)count, 4);
        _open.Enter(count * 2, contract: false);
    }

    private void PutArray(int count, bool contract)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        CheckRoom(entering: true);
        if (count <= 15) Put((byte)(Format.FixArray | count), 0, 0);
        else if (count <= ushort.MaxValue) Put(Format.Array16, (ulong)count, 2);
        else Put(Format.Array32, (ulong)count, 4);
        _open.Enter(count, contract);
    }

    private void PutScalar(byte format, ulong value, int width)
    {
        CheckRoom(entering: false);
        Put(format, value, width);
        _open.CountScalar();
    }

    /// <summary>Throws unless another value may follow here.</summary>
    private readonly void CheckRoom(bool entering)
    {
        if (_open.IsExhausted)
        {
            throw new InvalidOperationException(
                "All fields the contract was begun with are written: raise the count of BeginContract, or end the contract first.");
        }

        if (entering && _open.Depth == OpenContainers.MaxDepth) throw Fault.TooDeep(WrittenCount);
    }

    private void Put(byte format, ulong value, int width)
    {
        var span = _output.GetSpan(9);
        span[0] = format;
        PutBigEndian(span[1..], value, width);
        Advance(1 + width);
    }

    private static void PutBigEndian(Span<byte> span, ulong value, int width)
    {
        switch (width)
        {
            case 1: span[0] = (byte)value; break;
            case 2: BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)value); break;
            case 4: BinaryPrimitives.WriteUInt32BigEndian(span, (uint)value); break;
            case 8: BinaryPrimitives.WriteUInt64BigEndian(span, value); break;
        }
    }

    private void Advance(int count)
    {
        _output.Advance(count);
        WrittenCount += count;
    }
}

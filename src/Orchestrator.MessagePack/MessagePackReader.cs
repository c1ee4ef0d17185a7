using System.Buffers.Binary;

namespace Orchestrator.MessagePack;

/// <summary>
/// Reads MessagePack that nobody vouches for. It accepts every width the specification allows for a value, and refuses
/// with <see cref="MessagePackException"/>, and nothing else, whatever is not well-formed or not of the type asked for.
/// <para>Lengths are checked against the bytes that are left before anything is allocated; nesting is limited to
/// <see cref="MaxDepth"/>; nothing here recurses. A refused
/// scalar, header or skip is not consumed; a refused contract, collection or enum is consumed up to the fault.</para>
/// <para>The reader counts like the writer does: arrays and maps close with their last value, and inside a contract
/// (<see cref="BeginContract"/>) reading past its last field is an error. Pass it by reference; a copy is a bookmark.</para>
/// </summary>
public ref partial struct MessagePackReader
{
    /// <summary>The deepest nesting of arrays and maps that is read or written.</summary>
    public const int MaxDepth = OpenContainers.MaxDepth;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _baseDepth;
    private int _offset;
    private OpenContainers _open;

    /// <summary>Creates a reader at the start of <paramref name="data"/>.</summary>
    /// <param name="data">The bytes to read; they must not change while the reader is in use.</param>
    public MessagePackReader(ReadOnlySpan<byte> data)
        : this(data, 0)
    {
    }

    internal MessagePackReader(ReadOnlySpan<byte> data, int baseDepth)
    {
        _data = data;
        _baseDepth = baseDepth;
    }

    /// <summary>The bytes consumed so far: where the next value starts.</summary>
    public readonly int Offset => _offset;

    /// <summary>Whether all bytes are consumed.</summary>
    public readonly bool IsAtEnd => _offset == _data.Length;

    private readonly int Left => _data.Length - _offset;

    /// <summary>Checks that the value just read was the last: nothing follows it.</summary>
    /// <exception cref="MessagePackException">Bytes follow.</exception>
    /// <exception cref="InvalidOperationException">An array, map or contract is still open: a mistake of the calling code.</exception>
    public readonly void EnsureEnd()
    {
        if (_open.Depth > 0)
            throw new InvalidOperationException("A contract, array or map is still open: read all of it, and end contracts with EndContract.");
        if (!IsAtEnd) throw Fault.TrailingData(_offset, Left);
    }

    /// <summary>The type of the next value, which is not consumed.</summary>
    /// <returns>The type.</returns>
    /// <exception cref="MessagePackException">There is no well-formed header.</exception>
    public readonly MessagePackType PeekType() => Peek().Type;

    /// <summary>Consumes a nil if one is next.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="MessagePackException">There is no value.</exception>
    public bool TryReadNil()
    {
        var token = Peek();
        if (token.Type != MessagePackType.Nil) return false;
        Consume(token);
        return true;
    }

    /// <summary>Reads nil.</summary>
    /// <exception cref="MessagePackException">Another value is next.</exception>
    public void ReadNil()
    {
        if (!TryReadNil()) throw Fault.UnexpectedType(_offset, "nil", PeekType());
    }

    /// <summary>Reads true or false.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">It is not a boolean.</exception>
    public bool ReadBoolean()
    {
        var token = Expect(MessagePackType.Boolean);
        var value = _data[_offset] == Format.True;
        Consume(token);
        return value;
    }

    /// <summary>Reads the header of an array; the elements are the next values.</summary>
    /// <returns>The number of elements: at most the number of bytes left, but nothing to allocate
    /// by, see <see cref="ReadList{T}(MessagePackRead{T})"/>.</returns>
    /// <exception cref="MessagePackException">It is not an array, or one that the data cannot hold.</exception>
    public int ReadArrayHeader() => Enter(Expect(MessagePackType.Array), contract: false);

    /// <summary>Reads the header of a map; twice as many values follow, each key before its value.</summary>
    /// <returns>The number of pairs: at most half the number of bytes left, but nothing to allocate by.</returns>
    /// <exception cref="MessagePackException">It is not a map, or one that the data cannot hold.</exception>
    public int ReadMapHeader() => Enter(Expect(MessagePackType.Map), contract: false);

    /// <summary>Skips the next value with all it contains, whatever it is, checking its structure but not its text.</summary>
    /// <exception cref="MessagePackException">It is not well-formed.</exception>
    public void Skip()
    {
        // On a copy: a refused read consumes nothing, and the values skipped are not the caller's to count.
        var walk = new MessagePackReader(_data, _baseDepth + _open.Depth) { _offset = _offset };
        if (_open.IsExhausted) throw Fault.MissingField(_offset);
        do
        {
            var token = walk.Peek();
            if (token.IsContainer) walk.Enter(token, contract: false);
            else walk.Consume(token);
        }
        while (walk._open.Depth > 0);
        _offset = walk._offset;
        _open.CountScalar();
    }

    /// <summary>Reads the next value as the bytes it is encoded in: to keep what this version does not know.</summary>
    /// <returns>A part of the data the reader was created on.</returns>
    /// <exception cref="MessagePackException">It is not well-formed.</exception>
    public ReadOnlySpan<byte> ReadRaw()
    {
        var start = _offset;
        Skip();
        return _data[start.._offset];
    }

    /// <summary>Enters a container; returns its elements, or pairs of a map.</summary>
    private int Enter(Token token, bool contract)
    {
        var perElement = token.Type == MessagePackType.Map ? 2UL : 1UL;
        var values = token.Length * perElement;
        // Every value still owed, here or further out, takes at least one byte.
        var usable = Math.Max(0, Left - token.HeaderLength - Math.Max(0, _open.OwedInTotal - 1));
        if (values > (ulong)usable) throw Fault.LengthExceedsData(_offset, $"{token.Length} elements", usable);
        if (_baseDepth + _open.Depth >= MaxDepth) throw Fault.TooDeep(_offset);
        _offset += token.HeaderLength;
        _open.Enter((int)values, contract);
        return (int)token.Length;
    }

    private void Consume(Token token)
    {
        _offset += token.HeaderLength + (int)token.Length;
        _open.CountScalar();
    }

    /// <summary>The payload behind the header of a token that is not a container.</summary>
    private readonly ReadOnlySpan<byte> PayloadOf(Token token) =>
        _data.Slice(_offset + token.HeaderLength, (int)token.Length);

    private readonly Token Expect(MessagePackType type)
    {
        var token = Peek();
        if (token.Type != type) throw Fault.UnexpectedType(_offset, Fault.Describe(type), token.Type);
        return token;
    }

    private static ulong BigEndian(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
    };
}

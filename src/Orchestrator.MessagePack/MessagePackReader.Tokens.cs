namespace Orchestrator.MessagePack;

/// <content>The headers of values.</content>
public ref partial struct MessagePackReader
{
    /// <summary>
    /// The header of the next value, checked: it is complete, and so is the payload behind it unless it is a container.
    /// </summary>
    private readonly Token Peek()
    {
        if (_open.IsExhausted) throw Fault.MissingField(_offset);
        if (Left == 0) throw Fault.Truncated(_offset, 1, 0);
        var format = _data[_offset];
        var token = format switch
        {
            <= Format.MaxPositiveFixInt or >= Format.MinNegativeFixInt => new Token(MessagePackType.Integer, 1, 0),
            <= Format.MaxFixMap => new Token(MessagePackType.Map, 1, (uint)format & 0x0f),
            <= Format.MaxFixArray => new Token(MessagePackType.Array, 1, (uint)format & 0x0f),
            <= Format.MaxFixStr => new Token(MessagePackType.Text, 1, (uint)format & 0x1f),
            _ => PeekLong(format),
        };
        if (!token.IsContainer && token.HeaderLength + (long)token.Length > Left) throw Short(token);
        return token;
    }

    private readonly Token PeekLong(byte format) => format switch
    {
        Format.Nil => new Token(MessagePackType.Nil, 1, 0),
        Format.NeverUsed => throw Fault.ReservedByte(_offset),
        Format.False or Format.True => new Token(MessagePackType.Boolean, 1, 0),
        Format.Bin8 => Sized(MessagePackType.Binary, 1),
        Format.Bin16 => Sized(MessagePackType.Binary, 2),
        Format.Bin32 => Sized(MessagePackType.Binary, 4),
        Format.Ext8 => Sized(MessagePackType.Extension, 1),
        Format.Ext16 => Sized(MessagePackType.Extension, 2),
        Format.Ext32 => Sized(MessagePackType.Extension, 4),
        Format.Float32 => new Token(MessagePackType.FloatingPoint, 1, 4),
        Format.Float64 => new Token(MessagePackType.FloatingPoint, 1, 8),
        >= Format.UInt8 and <= Format.UInt64 => new Token(MessagePackType.Integer, 1, 1U << (format - Format.UInt8)),
        >= Format.Int8 and <= Format.Int64 => new Token(MessagePackType.Integer, 1, 1U << (format - Format.Int8)),
        >= Format.FixExt1 and <= Format.FixExt16 =>
            new Token(MessagePackType.Extension, 2, 1U << (format - Format.FixExt1)),
        Format.Str8 => Sized(MessagePackType.Text, 1),
        Format.Str16 => Sized(MessagePackType.Text, 2),
        Format.Str32 => Sized(MessagePackType.Text, 4),
        Format.Array16 => Sized(MessagePackType.Array, 2),
        Format.Array32 => Sized(MessagePackType.Array, 4),
        Format.Map16 => Sized(MessagePackType.Map, 2),
        _ => Sized(MessagePackType.Map, 4), // Map32: the only one left
    };

    /// <summary>A header that carries a length of <paramref name="width"/> bytes; that of an extension has its type behind it.</summary>
    private readonly Token Sized(MessagePackType type, int width)
    {
        var header = 1 + width + (type == MessagePackType.Extension ? 1 : 0);
        if (header > Left) throw Fault.Truncated(_offset, header, Left);
        return new Token(type, header, (uint)BigEndian(_data.Slice(_offset + 1, width)));
    }

    private readonly MessagePackException Short(Token token)
    {
        var fixedWidth = token.Type is MessagePackType.Integer or MessagePackType.FloatingPoint;
        return fixedWidth || token.HeaderLength > Left
            ? Fault.Truncated(_offset, token.HeaderLength + (long)token.Length, Left)
            : Fault.LengthExceedsData(_offset, $"{token.Length} bytes", Left - token.HeaderLength);
    }

    /// <param name="Type">The family.</param>
    /// <param name="HeaderLength">The bytes before the payload or the elements.</param>
    /// <param name="Length">The bytes of the payload, or the elements of an array or pairs of a map.</param>
    private readonly record struct Token(MessagePackType Type, int HeaderLength, uint Length)
    {
        public bool IsContainer => Type is MessagePackType.Array or MessagePackType.Map;
    }
}

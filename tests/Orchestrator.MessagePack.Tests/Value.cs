using System.Text;

namespace Orchestrator.MessagePack.Tests;

/// <summary>Any MessagePack value, without the width it was stored in; shared with cross_check.py through its notation.</summary>
internal abstract record Value
{
    public sealed record Nil : Value;

    public sealed record Bool(bool It) : Value;

    public sealed record Int(Int128 It) : Value;

    public sealed record Single(uint Bits) : Value;

    public sealed record Double(ulong Bits) : Value;

    public sealed record Text(string It) : Value;

    public sealed record Bin(byte[] It) : Value;

    public sealed record Arr(Value[] Items) : Value;

    public sealed record Map(KeyValuePair<Value, Value>[] Items) : Value;

    public sealed record Ext(sbyte Type, byte[] It) : Value;

    public sealed record Time(long Seconds, uint Nanoseconds) : Value;

    public void Write(ref MessagePackWriter writer)
    {
        switch (this)
        {
            case Nil: writer.WriteNil(); break;
            case Bool v: writer.Write(v.It); break;
            case Int v when v.It < 0: writer.Write((long)v.It); break;
            case Int v: writer.Write((ulong)v.It); break;
            case Single v: writer.Write(BitConverter.UInt32BitsToSingle(v.Bits)); break;
            case Double v: writer.Write(BitConverter.UInt64BitsToDouble(v.Bits)); break;
            case Text v: writer.Write(v.It); break;
            case Bin v: writer.WriteBinary(v.It); break;
            case Ext v: writer.WriteExtension(v.Type, v.It); break;
            case Time v: writer.WriteTimestamp(v.Seconds, v.Nanoseconds); break;
            case Arr v:
                writer.WriteArrayHeader(v.Items.Length);
                foreach (var item in v.Items) item.Write(ref writer);
                break;
            case Map v:
                writer.WriteMapHeader(v.Items.Length);
                foreach (var (key, item) in v.Items)
                {
                    key.Write(ref writer);
                    item.Write(ref writer);
                }

                break;
        }
    }

    public static Value Read(ref MessagePackReader reader)
    {
        switch (reader.PeekType())
        {
            case MessagePackType.Nil: reader.ReadNil(); return new Nil();
            case MessagePackType.Boolean: return new Bool(reader.ReadBoolean());
            case MessagePackType.Integer: return ReadInt(ref reader);
            case MessagePackType.FloatingPoint: return ReadFloat(ref reader);
            case MessagePackType.Text: return new Text(reader.ReadString());
            case MessagePackType.Binary: return new Bin(reader.ReadBinary());
            case MessagePackType.Extension: return ReadExt(ref reader);
            case MessagePackType.Array: return new Arr([.. reader.ReadList(Read)]);
            default: return ReadMap(ref reader);
        }
    }

    public string Notation => this switch
    {
        Bool v => v.It ? "t" : "f",
        Int v => $"i{v.It}",
        Single v => $"e{v.Bits:x8}",
        Double v => $"d{v.Bits:x16}",
        Text v => $"s{Wire.Hex(Encoding.UTF8.GetBytes(v.It))}",
        Bin v => $"b{Wire.Hex(v.It)}",
        Arr v => $"[{string.Join(',', v.Items.Select(i => i.Notation))}]",
        Map v => $"{{{string.Join(',', v.Items.Select(i => $"{i.Key.Notation}:{i.Value.Notation}"))}}}",
        Ext v => $"x{v.Type}/{Wire.Hex(v.It)}",
        Time v => $"T{v.Seconds}/{v.Nanoseconds}",
        _ => "n",
    };

    /// <summary>Short enough for a test report.</summary>
    public sealed override string ToString() => Notation.Length <= 400 ? Notation : Notation[..400] + "…";

    public byte[] Encode() => Wire.Encode((ref w) => Write(ref w));

    public static Value Decode(byte[] data) => MessagePackSerializer.Deserialize(data, Read);

    private static Int ReadInt(ref MessagePackReader reader)
    {
        var bookmark = reader;
        try
        {
            return new Int(reader.ReadInt64());
        }
        catch (MessagePackException e) when (e.Code == MessagePackErrorCodes.OutOfRange)
        {
            reader = bookmark;
            return new Int(reader.ReadUInt64());
        }
    }

    private static Value ReadFloat(ref MessagePackReader reader)
    {
        var bookmark = reader;
        var raw = bookmark.ReadRaw();
        return raw.Length == 5
            ? new Single(BitConverter.SingleToUInt32Bits(reader.ReadSingle()))
            : new Double(BitConverter.DoubleToUInt64Bits(reader.ReadDouble()));
    }

    private static Value ReadExt(ref MessagePackReader reader)
    {
        var bookmark = reader;
        bookmark.ReadExtension(out var type);
        if (type != -1) return new Ext(type, reader.ReadExtension(out _).ToArray());
        var (seconds, nanoseconds) = reader.ReadTimestamp();
        return new Time(seconds, nanoseconds);
    }

    private static Map ReadMap(ref MessagePackReader reader)
    {
        var count = reader.ReadMapHeader();
        var items = new List<KeyValuePair<Value, Value>>();
        for (var i = 0; i < count; i++) items.Add(new(Read(ref reader), Read(ref reader)));
        return new Map([.. items]);
    }
}

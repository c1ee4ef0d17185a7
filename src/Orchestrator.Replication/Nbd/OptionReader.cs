using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Replication.Nbd;

/// <summary>Reads the payload of an option; every method is false where the payload is too short or too much is claimed.</summary>
internal ref struct OptionReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly int Remaining => _rest.Length;

    public bool TryUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[sizeof(ushort)..];
        return true;
    }

    public bool TryUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[sizeof(uint)..];
        return true;
    }

    /// <summary>A length and as many bytes of UTF-8, at most <see cref="NbdWire.MaxString"/>.</summary>
    public bool TryString(out string value)
    {
        value = "";
        if (!TryUInt32(out var length) || length > NbdWire.MaxString || length > _rest.Length)
        {
            return false;
        }

        value = Encoding.UTF8.GetString(_rest[..(int)length]);
        _rest = _rest[(int)length..];
        return true;
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;

namespace Orchestrator.Replication.Nbd;

/// <summary>Gathers replies and sends them together.</summary>
internal sealed class NbdOutput(Socket socket)
{
    private const int Capacity = 1 << 20;
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(Capacity, pinned: true);
    private int _length;

    /// <summary>Room for a reply of <paramref name="length"/> bytes; it counts only after <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_buffer.Length - _length < length)
        {
            Send();
            if (_buffer.Length < length)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(length);
            }
        }

        return _buffer.AsSpan(_length, length);
    }

    /// <summary>Adds the reserved bytes to what will be sent.</summary>
    public void Commit(int length) => _length += length;

    /// <summary>Adds a reply without data.</summary>
    public void Simple(ulong cookie, uint error)
    {
        WriteSimpleHeader(Reserve(NbdWire.SimpleReplySize), cookie, error);
        Commit(NbdWire.SimpleReplySize);
    }

    /// <summary>Adds a structured error that ends the reply.</summary>
    public void StructuredError(ulong cookie, uint error)
    {
        const int length = 6;
        var reply = Reserve(NbdWire.ChunkSize + length);
        WriteChunkHeader(reply, NbdWire.ChunkDone, NbdWire.ChunkError, cookie, length);
        BinaryPrimitives.WriteUInt32BigEndian(reply[NbdWire.ChunkSize..], error);
        BinaryPrimitives.WriteUInt16BigEndian(reply[(NbdWire.ChunkSize + 4)..], 0); // No message.
        Commit(NbdWire.ChunkSize + length);
    }

    /// <summary>Sends everything gathered.</summary>
    public void Send()
    {
        for (var sent = 0; sent < _length;)
        {
            sent += socket.Send(_buffer.AsSpan(sent, _length - sent));
        }

        _length = 0;
        if (_buffer.Length > 4 * Capacity)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(Capacity, pinned: true);
        }
    }

    public static void WriteSimpleHeader(Span<byte> reply, ulong cookie, uint error)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdWire.SimpleReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(reply[4..], error);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], cookie);
    }

    public static void WriteChunkHeader(Span<byte> reply, ushort flags, ushort type, ulong cookie, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdWire.StructuredReplyMagic);
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(reply[6..], type);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], cookie);
        BinaryPrimitives.WriteInt32BigEndian(reply[16..], length);
    }
}

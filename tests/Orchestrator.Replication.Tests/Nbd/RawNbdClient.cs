using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.Replication.Tests.Nbd;

/// <summary>Speaks NBD byte by byte, so that it can also speak it wrongly.</summary>
internal sealed class RawNbdClient : IDisposable
{
    private readonly Socket _socket;

    public RawNbdClient(string path, bool greet = true)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        if (greet)
        {
            Receive(18);
            Send([0, 0, 0, 3]);
        }
    }

    public static byte[] U16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] U32(uint value) => [.. U16((int)(value >> 16)), .. U16((int)(value & 0xffff))];

    public static byte[] U64(ulong value) => [.. U32((uint)(value >> 32)), .. U32((uint)value)];

    public static byte[] Text(string value) => [.. U32((uint)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)];

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    public byte[] Receive(int count)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            var got = _socket.Receive(bytes.AsSpan(have));
            have += got > 0 ? got : throw new EndOfStreamException();
        }

        return bytes;
    }

    /// <summary>Whether the server hung up, whatever it said before.</summary>
    public bool IsHungUp()
    {
        try
        {
            var rest = new byte[4096];
            while (_socket.Receive(rest) > 0)
            {
            }

            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode is SocketError.ConnectionReset;
        }
    }

    public void SendOption(uint option, byte[] payload) =>
        Send([.. U64(0x49484156454F5054), .. U32(option), .. U32((uint)payload.Length), .. payload]);

    public (uint Type, byte[] Payload) ReceiveOptionReply()
    {
        var header = Receive(20);
        return (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12)), Receive(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16))));
    }

    /// <summary>The replies of an option up to its acknowledgement or error.</summary>
    public List<(uint Type, byte[] Payload)> Option(uint option, params byte[] payload)
    {
        SendOption(option, payload);
        var replies = new List<(uint, byte[])>();
        do
        {
            replies.Add(ReceiveOptionReply());
        }
        while (replies[^1].Item1 is not 1 and < 0x80000000);

        return replies;
    }

    public RawNbdClient Go(string export, bool structured = false, bool allocation = false)
    {
        if (structured)
        {
            Option(8)[^1].Type.Should().Be(1);
        }

        if (allocation)
        {
            Option(10, [.. Text(export), .. U32(1), .. Text("base:allocation")])[^1].Type.Should().Be(1);
        }

        Option(7, [.. Text(export), .. U16(0)])[^1].Type.Should().Be(1);
        return this;
    }

    public void SendRequest(int command, ulong offset, uint length, int flags = 0, ulong cookie = 77, uint magic = 0x25609513) =>
        Send([.. U32(magic), .. U16(flags), .. U16(command), .. U64(cookie), .. U64(offset), .. U32(length)]);

    /// <summary>The error of a simple reply.</summary>
    public uint ReceiveSimple()
    {
        var reply = Receive(16);
        BinaryPrimitives.ReadUInt32BigEndian(reply).Should().Be(0x67446698);
        BinaryPrimitives.ReadUInt64BigEndian(reply.AsSpan(8)).Should().Be(77);
        return BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4));
    }

    public (int Flags, int Type, byte[] Payload) ReceiveChunk()
    {
        var header = Receive(20);
        BinaryPrimitives.ReadUInt32BigEndian(header).Should().Be(0x668e33ef);
        return (BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)), BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6)),
            Receive(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16))));
    }

    public void Dispose() => _socket.Dispose();
}

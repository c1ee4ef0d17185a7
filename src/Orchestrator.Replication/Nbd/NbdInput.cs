using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Orchestrator.Replication.Nbd;

/// <summary>Receives into one buffer and hands out whole requests and payloads from it.</summary>
/// <remarks>Received spans are valid until the next call.</remarks>
internal sealed class NbdInput(Socket socket)
{
    private const int Capacity = 512 << 10;
    private const int InPlaceLimit = 128 << 10; // Larger payloads are received straight into a buffer of their own.
    private const int KeepLimit = 4 << 20;
    private static readonly long SpinTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 1_000_000 * 40 : 0;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Capacity, pinned: true);
    private byte[] _large = [];
    private int _start;
    private int _end;
    private bool _spin;

    /// <summary>Takes the next request if it was received whole.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public bool TryTakeRequest(out NbdRequest request)
    {
        request = default;
        if (_end - _start < NbdWire.RequestSize)
        {
            return false;
        }

        var header = _buffer.AsSpan(_start, NbdWire.RequestSize);
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != NbdWire.RequestMagic)
        {
            throw new InvalidDataException("A request has a wrong magic number.");
        }

        request = new NbdRequest(
            BinaryPrimitives.ReadUInt16BigEndian(header[4..]),
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(header[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(header[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(header[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(header[24..]));
        _start += NbdWire.RequestSize;
        return true;
    }

    /// <summary>Whether a payload of this length is here already, so that taking it will not wait.</summary>
    public bool Has(int length) => _end - _start >= length;

    /// <summary>Takes a payload, receiving what is missing.</summary>
    /// <exception cref="EndOfStreamException">The client went away.</exception>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > InPlaceLimit && !Has(length))
        {
            return TakeLarge(length);
        }

        while (!Has(length))
        {
            if (!Receive())
            {
                throw new EndOfStreamException();
            }
        }

        _start += length;
        return _buffer.AsSpan(_start - length, length);
    }

    /// <summary>Reads over a payload nobody wants.</summary>
    public void Skip(long length)
    {
        while (length > 0)
        {
            var piece = (int)Math.Min(length, InPlaceLimit);
            _ = Take(piece);
            length -= piece;
        }
    }

    /// <summary>Waits for more bytes; false when the client went away.</summary>
    public bool Receive()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (Capacity - _end < InPlaceLimit + NbdWire.RequestSize)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var began = Stopwatch.GetTimestamp();
        SpinForData(began);
        var count = socket.Receive(_buffer.AsSpan(_end));
        _spin = Stopwatch.GetTimestamp() - began < SpinTicks;
        _end += count;
        return count > 0;
    }

    /// <summary>
    /// Waking a thread on another core costs more than a whole small request, so while the last waits were short this one is spent looking.
    /// </summary>
    private void SpinForData(long began)
    {
        while (_spin && socket.Available == 0 && Stopwatch.GetTimestamp() - began < SpinTicks)
        {
        }
    }

    private Span<byte> TakeLarge(int length)
    {
        if (_large.Length < length || _large.Length > Math.Max(KeepLimit, length))
        {
            _large = GC.AllocateUninitializedArray<byte>(length);
        }

        var have = _end - _start;
        _buffer.AsSpan(_start, have).CopyTo(_large);
        _start = _end = 0;
        while (have < length)
        {
            var count = socket.Receive(_large.AsSpan(have, length - have));
            have += count > 0 ? count : throw new EndOfStreamException();
        }

        return _large.AsSpan(0, length);
    }
}

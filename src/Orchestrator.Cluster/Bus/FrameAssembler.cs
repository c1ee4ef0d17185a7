using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Bus;

/// <summary>Cuts a stream of bytes into frames: four bytes of length, big-endian, then the frame.</summary>
/// <remarks>Memory follows what has arrived, not what a length announces. Not thread-safe.</remarks>
/// <param name="maxFrameBytes">The longest frame accepted.</param>
public sealed class FrameAssembler(int maxFrameBytes) : IDisposable
{
    /// <summary>The bytes of the length before each frame.</summary>
    public const int PrefixLength = 4;

    private readonly MessagePackBuffer _partial = new();

    /// <summary>Whether the bytes so far end inside a frame.</summary>
    public bool IsInsideFrame => _partial.WrittenCount > 0;

    /// <summary>Appends a frame with its length to a buffer.</summary>
    /// <param name="buffer">The destination.</param>
    /// <param name="frame">The frame.</param>
    public static void Append(MessagePackBuffer buffer, BusFrame frame)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        var start = buffer.WrittenCount;
        buffer.GetSpan(PrefixLength)[..PrefixLength].Clear();
        buffer.Advance(PrefixLength);
        BusFrameCodec.Write(buffer, frame);
        var prefix = MemoryMarshal.AsMemory(buffer.WrittenMemory).Span.Slice(start, PrefixLength);
        BinaryPrimitives.WriteInt32BigEndian(prefix, buffer.WrittenCount - start - PrefixLength);
    }

    /// <summary>Takes the next bytes and hands over each frame that is complete with them.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="take">Gets the frames, in order.</param>
    /// <exception cref="BusException"><see cref="ClusterErrorCodes.FrameTooLarge"/>, <see cref="ClusterErrorCodes.FrameInvalid"/>:
    /// what follows on the stream has no meaning.</exception>
    public void Feed(ReadOnlySpan<byte> data, Action<BusFrame> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        if (IsInsideFrame) data = data[Complete(data, take)..];
        while (data.Length >= PrefixLength)
        {
            var length = LengthOf(data);
            if (data.Length - PrefixLength < length) break;
            take(Decode(data.Slice(PrefixLength, length)));
            data = data[(PrefixLength + length)..];
        }

        Keep(data);
    }

    /// <inheritdoc/>
    public void Dispose() => _partial.Dispose();

    /// <summary>Fills up the frame begun earlier; returns the bytes it took.</summary>
    private int Complete(ReadOnlySpan<byte> data, Action<BusFrame> take)
    {
        var taken = Fill(data, PrefixLength);
        if (_partial.WrittenCount < PrefixLength) return taken;
        var whole = PrefixLength + LengthOf(_partial.WrittenSpan);
        taken += Fill(data[taken..], whole);
        if (_partial.WrittenCount < whole) return taken;
        var frame = Decode(_partial.WrittenSpan[PrefixLength..]);
        _partial.Clear();
        take(frame);
        return taken;
    }

    private int Fill(ReadOnlySpan<byte> data, int upTo)
    {
        var count = Math.Clamp(upTo - _partial.WrittenCount, 0, data.Length);
        Keep(data[..count]);
        return count;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        data.CopyTo(_partial.GetSpan(data.Length));
        _partial.Advance(data.Length);
    }

    private int LengthOf(ReadOnlySpan<byte> prefix)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length <= (uint)maxFrameBytes) return (int)length;
        throw new BusException(new BusFault(
            ClusterErrorCodes.FrameTooLarge,
            $"A frame announces {length} bytes; {maxFrameBytes} are allowed. Send less in one message, or the peer does not speak this protocol.",
            IsTransient: true));
    }

    private static BusFrame Decode(ReadOnlySpan<byte> data)
    {
        try
        {
            return BusFrameCodec.Read(data);
        }
        catch (MessagePackException cause)
        {
            throw new BusException(new BusFault(
                ClusterErrorCodes.FrameInvalid,
                $"A frame of {data.Length} bytes cannot be read: {cause.Message} The peer is at fault or of another version: compare the builds.",
                IsTransient: true), cause);
        }
    }
}

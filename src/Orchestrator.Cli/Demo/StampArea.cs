using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// The tail of the demo's disk, made of 4 KiB slots. Every write puts its own number and a checksum into each slot it covers, so that any
/// copy of the disk tells by itself whether it is an exact prefix of the writes: with k the highest number found, every slot must
/// hold its last write up to k.
/// </summary>
internal sealed class StampArea(long offset, long length)
{
    public const int SlotSize = 4096;
    private const ulong Magic = 0x53544d5031000001;
    private readonly List<(int Slot, int Count)> _writes = [];
    private readonly Lock _gate = new();

    public long Offset { get; } = offset;

    public long Length { get; } = length;

    public int Slots => (int)(Length / SlotSize);

    /// <summary>Numbers the next write and gives its content.</summary>
    public (long Number, byte[] Content) Next(int slot, int count)
    {
        long number;
        lock (_gate)
        {
            _writes.Add((slot, count));
            number = _writes.Count;
        }

        var content = new byte[count * SlotSize];
        for (var i = 0; i < count; i++) Fill(content.AsSpan(i * SlotSize, SlotSize), number, slot + i);
        return (number, content);
    }

    /// <summary>Takes back a write that the disk refused: it has not happened.</summary>
    public void Withdraw(long number)
    {
        lock (_gate)
        {
            _writes[(int)number - 1] = (0, 0);
        }
    }

    /// <summary>Checks a copy of the area; returns the number of the last write it holds.</summary>
    /// <exception cref="InvalidDataException">It is no exact prefix; the message names the first wrong slot.</exception>
    public long Verify(ReadOnlySpan<byte> area)
    {
        var found = new long[Slots];
        for (var slot = 0; slot < found.Length; slot++) found[slot] = Read(area.Slice(slot * SlotSize, SlotSize), slot);
        var prefix = found.Max();
        var expected = Expected(prefix);
        for (var slot = 0; slot < found.Length; slot++)
        {
            if (found[slot] == expected[slot]) continue;
            throw new InvalidDataException(
                $"Not a prefix of the writes: slot {slot} holds write {found[slot]}, but write {expected[slot]} is its last one up to {prefix}.");
        }

        return prefix;
    }

    private long[] Expected(long prefix)
    {
        var expected = new long[Slots];
        lock (_gate)
        {
            for (var number = 1; number <= prefix; number++)
            {
                var (slot, count) = _writes[number - 1];
                Array.Fill(expected, number, slot, count);
            }
        }

        return expected;
    }

    /// <summary>Half of a slot is random-looking, half is zeroes: it compresses about as data does.</summary>
    private static void Fill(Span<byte> slot, long number, int index)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], number);
        BinaryPrimitives.WriteInt32LittleEndian(slot[16..], index);
        var state = (ulong)number * 0x9E3779B97F4A7C15UL + (ulong)index;
        for (var i = 64; i < SlotSize / 2; i += 8)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BinaryPrimitives.WriteUInt64LittleEndian(slot[i..], state);
        }

        SHA256.HashData(slot[64..]).CopyTo(slot[32..]);
    }

    private static long Read(ReadOnlySpan<byte> slot, int index)
    {
        if (!slot.ContainsAnyExcept((byte)0)) return 0;
        var whole = BinaryPrimitives.ReadUInt64LittleEndian(slot) == Magic
            && BinaryPrimitives.ReadInt32LittleEndian(slot[16..]) == index
            && SHA256.HashData(slot[64..]).AsSpan().SequenceEqual(slot.Slice(32, 32));
        return whole ? BinaryPrimitives.ReadInt64LittleEndian(slot[8..]) : throw new InvalidDataException($"Slot {index} is torn.");
    }
}

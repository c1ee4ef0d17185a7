namespace Orchestrator.MessagePack.Tests;

public sealed class IntegerRangeTests
{
    private static readonly Int128[] Candidates =
    [
        .. Enumerable.Range(0, 65).SelectMany(power => new[] { -1, 0, 1 }.Select(near => (Int128.One << power) + near))
            .SelectMany(value => new[] { value, -value })
            .Where(value => value >= long.MinValue && value <= ulong.MaxValue)
            .Distinct(),
    ];

    [Fact]
    public void Every_width_of_every_number_is_read_into_every_type_it_fits_and_no_other()
    {
        foreach (var value in Candidates)
        {
            foreach (var data in Forms(value))
            {
                Check(data, value, sbyte.MinValue, sbyte.MaxValue, (ref r) => r.ReadSByte());
                Check(data, value, short.MinValue, short.MaxValue, (ref r) => r.ReadInt16());
                Check(data, value, int.MinValue, int.MaxValue, (ref r) => r.ReadInt32());
                Check(data, value, long.MinValue, long.MaxValue, (ref r) => r.ReadInt64());
                Check(data, value, 0, byte.MaxValue, (ref r) => r.ReadByte());
                Check(data, value, 0, ushort.MaxValue, (ref r) => r.ReadUInt16());
                Check(data, value, 0, uint.MaxValue, (ref r) => r.ReadUInt32());
                Check(data, value, 0, ulong.MaxValue, (ref r) => r.ReadUInt64());
            }
        }
    }

    [Fact]
    public void A_refused_number_is_still_there_to_be_read()
    {
        var reader = new MessagePackReader(Wire.Bytes("92 cd0100 01"));
        reader.ReadArrayHeader();
        var refused = false;
        try
        {
            reader.ReadByte();
        }
        catch (MessagePackException error)
        {
            refused = error.Code == MessagePackErrorCodes.OutOfRange && error.Offset == 1;
        }

        refused.Should().BeTrue();
        reader.ReadInt32().Should().Be(256);
        reader.ReadInt32().Should().Be(1);
        reader.EnsureEnd();
    }

    private static void Check(byte[] data, Int128 value, Int128 min, Int128 max, MessagePackRead<Int128> read)
    {
        if (value < min || value > max) Wire.Refused(data, (ref r) => read(ref r), MessagePackErrorCodes.OutOfRange);
        else MessagePackSerializer.Deserialize(data, read).Should().Be(value, "of {0}", Wire.Hex(data));
    }

    /// <summary>All encodings the specification has for a number.</summary>
    private static IEnumerable<byte[]> Forms(Int128 value)
    {
        if (value >= -32 && value <= 127) yield return [(byte)(sbyte)value];
        for (var (width, i) = (1, 0); width <= 8; width *= 2, i++)
        {
            var limit = Int128.One << (8 * width);
            if (value >= 0 && value < limit) yield return [(byte)(0xcc + i), .. BigEndian(value, width)];
            if (value >= -limit / 2 && value < limit / 2) yield return [(byte)(0xd0 + i), .. BigEndian(value, width)];
        }
    }

    private static IEnumerable<byte> BigEndian(Int128 value, int width) =>
        Enumerable.Range(0, width).Select(i => (byte)(value >> (8 * (width - 1 - i)) & 0xff));
}

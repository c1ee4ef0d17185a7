namespace Orchestrator.MessagePack.Tests;

public sealed class DotNetTypeTests
{
    [Fact]
    public void An_identifier_is_16_bytes_in_the_order_of_its_text()
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        var hex = Wire.EncodeHex((ref w) => w.Write(id));

        hex.Should().Be("c410" + "00112233445566778899aabbccddeeff");
        Wire.Decode(hex, (ref r) => r.ReadGuid()).Should().Be(id);
    }

    [Theory]
    [InlineData("c40f00112233445566778899aabbccddee")]
    [InlineData("c41100112233445566778899aabbccddeeff00")]
    [InlineData("c400")]
    public void An_identifier_of_another_length_is_refused(string hex) =>
        Wire.Refused(hex, (ref r) => r.ReadGuid(), MessagePackErrorCodes.InvalidValue);

    [Fact]
    public void A_duration_is_its_ticks()
    {
        Wire.EncodeHex((ref w) => w.Write(TimeSpan.FromTicks(300))).Should().Be("cd012c");
        Wire.Decode("d38000000000000000", (ref r) => r.ReadTimeSpan()).Should().Be(TimeSpan.MinValue);
        Wire.Decode("cf7fffffffffffffff", (ref r) => r.ReadTimeSpan()).Should().Be(TimeSpan.MaxValue);
    }

    public static TheoryData<DateTimeOffset, string> Instants => new()
    {
        { DateTimeOffset.UnixEpoch, "d6ff00000000" },
        { DateTimeOffset.UnixEpoch.AddTicks(1), "d7ff0000019000000000" },
        { DateTimeOffset.UnixEpoch.AddTicks(-1), "c70cff3b9ac99cffffffffffffffff" },
        { new DateTimeOffset(2106, 2, 7, 6, 28, 16, TimeSpan.Zero), "d7ff0000000100000000" },
        { DateTimeOffset.MinValue, "c70cff00000000fffffff1886e0900" },
        { DateTimeOffset.MaxValue, "c70cff3b9ac99c0000003afff4417f" },
    };

    [Theory]
    [MemberData(nameof(Instants))]
    public void An_instant_is_a_timestamp_to_100_ns(DateTimeOffset at, string hex)
    {
        Wire.EncodeHex((ref w) => w.Write(at)).Should().Be(hex);
        Wire.EncodeHex((ref w) => w.Write(at.UtcDateTime)).Should().Be(hex);
        Wire.Decode(hex, (ref r) => r.ReadDateTimeOffset()).Should().Be(at);
        var read = Wire.Decode(hex, (ref r) => r.ReadDateTime());
        read.Should().Be(at.UtcDateTime);
        read.Kind.Should().Be(DateTimeKind.Utc);
    }

    [Fact]
    public void The_offset_from_UTC_does_not_change_the_bytes()
    {
        var noon = new DateTimeOffset(2025, 3, 1, 12, 0, 0, TimeSpan.Zero);

        Wire.EncodeHex((ref w) => w.Write(noon.ToOffset(TimeSpan.FromHours(5))))
            .Should().Be(Wire.EncodeHex((ref w) => w.Write(noon)));
    }

    [Theory]
    [InlineData(DateTimeKind.Local)]
    [InlineData(DateTimeKind.Unspecified)]
    public void A_time_that_is_not_UTC_is_not_written(DateTimeKind kind)
    {
        var act = () => Wire.Encode((ref w) => w.Write(new DateTime(2025, 1, 1, 0, 0, 0, kind)));
        act.Should().Throw<ArgumentException>().WithMessage($"*{kind}*UTC*");
    }

    [Theory]
    [InlineData("c70cff00000000fffffff1886e08ff", "before the year 1")]
    [InlineData("c70cff000000000000003afff44180", "after the year 9999")]
    [InlineData("c70cff000000007fffffffffffffff", "far after")]
    [InlineData("c70cff3b9aca000000000000000000", "a second of nanoseconds")]
    [InlineData("d7ffee6b280000000000", "a second of nanoseconds in 64 bits")]
    [InlineData("d5ff0000", "2 bytes")]
    [InlineData("c700ff", "0 bytes")]
    [InlineData("d60000000000", "another extension")]
    public void A_timestamp_that_is_none_is_refused(string hex, string because)
    {
        Wire.Refused(hex, (ref r) => r.ReadDateTimeOffset(), MessagePackErrorCodes.InvalidTimestamp)
            .Message.Should().Contain("timestamp", because);
        Wire.Refused(hex, (ref r) => r.ReadDateTime(), MessagePackErrorCodes.InvalidTimestamp);
    }

    [Fact]
    public void Nanoseconds_are_cut_to_100() =>
        Wire.Decode("d7ff0000031c00000000", (ref r) => r.ReadDateTimeOffset()) // 199 ns
            .Should().Be(DateTimeOffset.UnixEpoch.AddTicks(1));

    [Fact]
    public void A_number_of_32_bits_widens_but_nothing_narrows_or_folds()
    {
        Wire.Decode("ca3fc00000", (ref r) => r.ReadDouble()).Should().Be(1.5);
        Wire.EncodeHex((ref w) => w.Write(1.0)).Should().Be("cb3ff0000000000000");
        Wire.EncodeHex((ref w) => w.Write(1.0f)).Should().Be("ca3f800000");
        Wire.Refused("cb3ff8000000000000", (ref r) => r.ReadSingle(), MessagePackErrorCodes.OutOfRange);
        Wire.Refused("01", (ref r) => r.ReadDouble(), MessagePackErrorCodes.UnexpectedType);
        Wire.Refused("ca3f800000", (ref r) => r.ReadInt32(), MessagePackErrorCodes.UnexpectedType);
    }

    [Fact]
    public void NaN_keeps_its_payload()
    {
        var bits = 0x7ff8dead0000beefUL;
        var hex = Wire.EncodeHex((ref w) => w.Write(BitConverter.UInt64BitsToDouble(bits)));
        hex.Should().Be("cb7ff8dead0000beef");
        BitConverter.DoubleToUInt64Bits(Wire.Decode(hex, (ref r) => r.ReadDouble())).Should().Be(bits);
        double.IsNaN(Wire.Decode("ca7fc00001", (ref r) => r.ReadDouble())).Should().BeTrue();
    }

    [Fact]
    public void A_lone_surrogate_is_not_written()
    {
        foreach (var text in new[] { "\ud800", "a\udc00b", "\udc00\ud800" })
        {
            var act = () => Wire.Encode((ref w) => w.Write(text));
            act.Should().Throw<MessagePackException>().Which.Code.Should().Be(MessagePackErrorCodes.InvalidText);
        }
    }
}

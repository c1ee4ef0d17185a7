namespace Orchestrator.MessagePack.Tests;

public sealed class HostileDataTests
{
    /// <summary>One value of every format.</summary>
    private const string Everything =
        "dc001f c0 c2 c3 7f e0 ccff cdffff ceffffffff cfffffffffffffffff d080 d18000 d280000000 d38000000000000000 " +
        "ca3fc00000 cb3ff8000000000000 a3e282ac d903616263 da0003616263 db00000003616263 c40101 c5000101 c60000000101 " +
        "c7030505aabb d405aa d505aabb d6ff00000001 d7ff0000000400000001 d8000102030405060708090a0b0c0d0e0f10 " +
        "8101c0 de0001a161dd00000001c0 df00000001c3dc0001c2";

    public static TheoryData<string> Lengths => new(
        "d9ff", "daffff", "dbffffffff", "bf", "db7fffffff", "db80000000",
        "c4ff", "c5ffff", "c6ffffffff", "c680000000",
        "c7ff05", "c8ffff05", "c9ffffffff05", "c97fffffff05",
        "9f", "dcffff", "ddffffffff", "dd7fffffff", "dd80000000",
        "8f", "deffff", "dfffffffff", "df80000000", "df80000001", "df7fffffff");

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_length_beyond_the_data_is_refused_before_memory_is_taken(string header)
    {
        byte[] data = [.. Wire.Bytes(header), 0xc0];
        foreach (var read in new ReadAction[] { ReadAny, (ref r) => r.Skip(), (ref r) => r.ReadRaw() })
        {
            Wire.Refused(data, read, MessagePackErrorCodes.LengthExceedsData).Offset.Should().Be(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Wire.Refused(data, read, MessagePackErrorCodes.LengthExceedsData);
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(64 * 1024);
        }
    }

    [Fact]
    public void Nested_headers_cannot_claim_the_same_bytes_twice()
    {
        // Both claim 4 elements; there are 5 bytes behind the first header, 4 of which the outer array needs too.
        var data = Wire.Bytes("94 94 c0c0c0c0");
        Wire.Refused(data, ReadAny, MessagePackErrorCodes.LengthExceedsData).Offset.Should().Be(1);
        Wire.Refused(data, (ref r) => r.Skip(), MessagePackErrorCodes.LengthExceedsData).Offset.Should().Be(1);
    }

    [Fact]
    public void A_value_cut_at_any_byte_is_refused()
    {
        var data = Wire.Bytes(Everything);
        Value.Decode(data).Should().BeOfType<Value.Arr>().Which.Items.Should().HaveCount(31);
        for (var length = 0; length < data.Length; length++)
        {
            var cut = data[..length];
            AssertCut(cut, ReadAny);
            AssertCut(cut, (ref r) => r.Skip());
        }
    }

    [Fact]
    public void Every_format_cut_at_any_byte_is_refused_on_its_own()
    {
        var all = Wire.Bytes(Everything);
        var reader = new MessagePackReader(all);
        for (var count = reader.ReadArrayHeader(); count > 0; count--)
        {
            var value = reader.ReadRaw().ToArray();
            for (var length = 0; length < value.Length; length++) AssertCut(value[..length], ReadAny);
        }

        reader.EnsureEnd();
    }

    [Theory]
    [InlineData("c1", 0)]
    [InlineData("92 01 c1", 2)]
    [InlineData("81 c1 01", 1)]
    public void The_reserved_byte_is_refused_by_every_read(string hex, int offset)
    {
        Wire.Refused(hex, ReadAny, MessagePackErrorCodes.ReservedByte).Offset.Should().Be(offset);
        Wire.Refused(hex, (ref r) => r.Skip(), MessagePackErrorCodes.ReservedByte).Offset.Should().Be(offset);
    }

    [Fact]
    public void The_reserved_byte_is_refused_by_typed_reads()
    {
        Wire.Refused("c1", (ref r) => r.ReadInt64(), MessagePackErrorCodes.ReservedByte);
        Wire.Refused("c1", (ref r) => r.ReadString(), MessagePackErrorCodes.ReservedByte);
        Wire.Refused("c1", (ref r) => r.TryReadNil(), MessagePackErrorCodes.ReservedByte);
        Wire.Refused("c1", (ref r) => r.PeekType(), MessagePackErrorCodes.ReservedByte);
    }

    [Theory]
    [InlineData("91", "c0")]
    [InlineData("81c0", "c0")]
    [InlineData("dd00000001", "80")]
    public void Nesting_ends_at_64_levels(string level, string innermost)
    {
        var allowed = Nest(level, innermost, innermost == "80" ? 63 : 64);
        var tooDeep = Nest(level, innermost, innermost == "80" ? 64 : 65);

        Value.Decode(allowed).Encode().Should().HaveCountLessThanOrEqualTo(allowed.Length);
        Wire.Refused(tooDeep, ReadAny, MessagePackErrorCodes.TooDeep);
        Wire.Refused(tooDeep, (ref r) => r.Skip(), MessagePackErrorCodes.TooDeep);
        var reader = new MessagePackReader(allowed);
        reader.Skip();
        reader.EnsureEnd();
    }

    [Fact]
    public void A_million_levels_do_not_exhaust_the_stack()
    {
        var data = new byte[1_000_001];
        data.AsSpan(0, 1_000_000).Fill(0x91);
        Wire.Refused(data, ReadAny, MessagePackErrorCodes.TooDeep).Offset.Should().Be(64);
        Wire.Refused(data, (ref r) => r.Skip(), MessagePackErrorCodes.TooDeep).Offset.Should().Be(64);
    }

    [Fact]
    public void The_depth_of_a_skipped_value_counts_from_where_it_stands()
    {
        var data = Nest("91", "c0", 65);
        Wire.Refused(
            data,
            (ref r) =>
            {
                for (var i = 0; i < 30; i++) r.BeginContract();
                r.Skip();
            },
            MessagePackErrorCodes.TooDeep).Offset.Should().Be(64);
    }

    [Fact]
    public void The_writer_refuses_what_the_reader_would()
    {
        Nested(64).Should().HaveCount(65);
        var act = () => Nested(65);
        act.Should().Throw<MessagePackException>().Which.Code.Should().Be(MessagePackErrorCodes.TooDeep);

        static byte[] Nested(int depth) => Wire.Encode((ref w) =>
        {
            for (var i = 0; i < depth; i++) w.WriteArrayHeader(1);
            w.WriteNil();
        });
    }

    [Theory]
    [InlineData("80", "a continuation byte alone")]
    [InlineData("c3", "a sequence cut short")]
    [InlineData("c080", "NUL in two bytes")]
    [InlineData("c1bf", "overlong in two bytes")]
    [InlineData("e0809f", "overlong in three bytes")]
    [InlineData("e09fbf", "overlong in three bytes, the last one")]
    [InlineData("f0808080", "overlong in four bytes")]
    [InlineData("f08fbfbf", "overlong in four bytes, the last one")]
    [InlineData("eda080", "a surrogate")]
    [InlineData("edbfbf", "the last surrogate")]
    [InlineData("f4908080", "beyond U+10FFFF")]
    [InlineData("f5808080", "a first byte that never occurs")]
    [InlineData("f888808080", "five bytes")]
    [InlineData("fe", "0xfe")]
    [InlineData("ff", "0xff")]
    [InlineData("61e28261", "a sequence broken off in the middle")]
    public void Text_that_is_not_UTF_8_is_refused(string hex, string because)
    {
        var bytes = Wire.Bytes(hex);
        byte[] data = [(byte)(0xa0 | bytes.Length), .. bytes];

        Wire.Refused(data, (ref r) => r.ReadString(), MessagePackErrorCodes.InvalidText).Message.Should().Contain("UTF-8", because);
        Wire.Refused(data, (ref r) => r.ReadUtf8(), MessagePackErrorCodes.InvalidText);
    }

    [Fact]
    public void Nothing_may_follow_the_value()
    {
        Wire.Refused("c0c0", (ref r) => { r.ReadNil(); r.EnsureEnd(); }, MessagePackErrorCodes.TrailingData).Offset.Should().Be(1);
        var act = () => MessagePackSerializer.Deserialize(Wire.Bytes("0100"), (ref r) => r.ReadInt32());
        act.Should().Throw<MessagePackException>().Which.Code.Should().Be(MessagePackErrorCodes.TrailingData);
    }

    [Theory]
    [InlineData("c0")]
    [InlineData("c3")]
    [InlineData("01")]
    [InlineData("cb3ff8000000000000")]
    [InlineData("a161")]
    [InlineData("c40161")]
    [InlineData("90")]
    [InlineData("80")]
    [InlineData("d40561")]
    public void A_value_is_read_as_its_own_type_only(string hex)
    {
        var actual = new MessagePackReader(Wire.Bytes(hex)).PeekType();
        foreach (var (type, read) in TypedReads)
        {
            if (type == actual) continue;
            Wire.Refused(hex, read, MessagePackErrorCodes.UnexpectedType).Message.Should().Contain("found");
        }
    }

    private static (MessagePackType, ReadAction)[] TypedReads =>
    [
        (MessagePackType.Nil, (ref r) => r.ReadNil()),
        (MessagePackType.Boolean, (ref r) => r.ReadBoolean()),
        (MessagePackType.Integer, (ref r) => r.ReadInt64()),
        (MessagePackType.Integer, (ref r) => r.ReadUInt64()),
        (MessagePackType.FloatingPoint, (ref r) => r.ReadDouble()),
        (MessagePackType.FloatingPoint, (ref r) => r.ReadSingle()),
        (MessagePackType.Text, (ref r) => r.ReadString()),
        (MessagePackType.Binary, (ref r) => r.ReadBinary()),
        (MessagePackType.Binary, (ref r) => r.ReadGuid()),
        (MessagePackType.Array, (ref r) => r.ReadArrayHeader()),
        (MessagePackType.Array, (ref r) => r.BeginContract()),
        (MessagePackType.Map, (ref r) => r.ReadMapHeader()),
        (MessagePackType.Extension, (ref r) => r.ReadExtension(out _)),
        (MessagePackType.Extension, (ref r) => r.ReadDateTimeOffset()),
    ];

    private static void ReadAny(ref MessagePackReader reader) => Value.Read(ref reader);

    private static byte[] Nest(string level, string innermost, int depth) =>
        Wire.Bytes(string.Concat(Enumerable.Repeat(level, depth)) + innermost);

    private static void AssertCut(byte[] cut, ReadAction read)
    {
        var code = "";
        try
        {
            var reader = new MessagePackReader(cut);
            read(ref reader);
        }
        catch (MessagePackException error)
        {
            code = error.Code;
        }

        code.Should().BeOneOf(MessagePackErrorCodes.Truncated, MessagePackErrorCodes.LengthExceedsData);
    }
}

namespace Orchestrator.MessagePack.Tests;

public sealed class ContractEvolutionTests
{
    private static readonly Guid Id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void The_bytes_of_a_contract_are_fixed() =>
        Wire.Hex(MessagePackSerializer.Serialize(new DiskV2(Id, "sda", 512, null, Role.Target)))
            .Should().Be("96" + "c41000112233445566778899aabbccddeeff" + "a3736461" + "c0" + "cd0200" + "c0" + "02");

    [Fact]
    public void A_new_reader_gives_defaults_to_fields_that_old_data_lacks()
    {
        var old = MessagePackSerializer.Serialize(new DiskV1(Id, "sda", "S-1"));
        MessagePackSerializer.Deserialize<DiskV2>(old).Should().Be(new DiskV2(Id, "sda", -1, null, Role.Source));
    }

    [Fact]
    public void An_old_reader_skips_fields_that_new_data_adds()
    {
        var recent = MessagePackSerializer.Serialize(new DiskV2(Id, "sda", 512, "note", Role.Target));
        MessagePackSerializer.Deserialize<DiskV1>(recent).Should().Be(new DiskV1(Id, "sda", ""));
    }

    [Fact]
    public void A_field_without_default_must_be_there()
    {
        Wire.Refused(
            "91 c41000112233445566778899aabbccddeeff",
            (ref r) => DiskV2.Read(ref r),
            MessagePackErrorCodes.MissingField).Offset.Should().Be(19);
        Wire.Refused("90", (ref r) => DiskV2.Read(ref r), MessagePackErrorCodes.MissingField);
    }

    [Fact]
    public void A_contract_that_reads_too_much_cannot_eat_its_surroundings()
    {
        // [[1], 2, 3]: the inner contract has one field, its reader wants two.
        Wire.Refused(
            "93 91 01 02 03",
            (ref r) =>
            {
                r.BeginContract();
                r.BeginContract();
                r.ReadInt32();
                r.ReadInt32();
            },
            MessagePackErrorCodes.MissingField).Offset.Should().Be(3);
        foreach (var read in new ReadAction[] { (ref r) => r.Skip(), (ref r) => r.PeekType(), (ref r) => r.ReadArrayHeader() })
        {
            Wire.Refused(
                "92 90 01",
                (ref r) =>
                {
                    r.BeginContract();
                    r.BeginContract();
                    read(ref r);
                },
                MessagePackErrorCodes.MissingField);
        }
    }

    [Fact]
    public void Nil_is_a_value_and_not_a_missing_field()
    {
        var reader = new MessagePackReader(Wire.Bytes("91c0"));
        reader.BeginContract().Should().Be(1);
        reader.HasField.Should().BeTrue();
        reader.TryReadNil().Should().BeTrue();
        reader.HasField.Should().BeFalse();
        reader.SkipField();
        reader.EndContract();
        reader.EnsureEnd();
    }

    [Fact]
    public void A_type_with_everything_survives()
    {
        var data = MessagePackSerializer.Serialize(Machine.Example);
        var read = MessagePackSerializer.Deserialize<Machine>(data);
        read.Should().BeEquivalentTo(Machine.Example, o => o.RespectingRuntimeTypes().ComparingByMembers<Machine>());
        MessagePackSerializer.Serialize(read).Should().Equal(data);
    }

    [Fact]
    public void Null_is_kept_where_it_is_allowed()
    {
        var bare = Machine.Example with { Boot = null, Lag = null, Key = null };
        var read = MessagePackSerializer.Deserialize<Machine>(MessagePackSerializer.Serialize(bare));
        read.Boot.Should().BeNull();
        read.Lag.Should().BeNull();
        read.Key.Should().BeNull();
        Wire.Refused("c0", (ref r) => r.ReadString(), MessagePackErrorCodes.UnexpectedType);
    }

    [Fact]
    public void An_unknown_member_of_a_family_is_kept_and_written_back_unchanged()
    {
        // The body holds a number in a longer form than ours: it must come back as it was.
        var data = Wire.Bytes("92 09 93 cd0001 a161 90");
        var shape = MessagePackSerializer.Deserialize(data, Shape.Read);
        shape.Should().BeOfType<Shape.Unknown>().Which.Tag.Should().Be(9);
        MessagePackSerializer.Serialize(shape, Shape.Write).Should().Equal(data);
    }

    [Theory]
    [InlineData("", MessagePackErrorCodes.Truncated)]
    [InlineData("c0c0", MessagePackErrorCodes.TrailingData)]
    [InlineData("92c0", MessagePackErrorCodes.LengthExceedsData)]
    [InlineData("c1", MessagePackErrorCodes.ReservedByte)]
    public void Only_one_whole_value_is_accepted_as_raw_bytes(string hex, string code)
    {
        var act = () => Wire.Encode((ref w) => w.WriteRaw(Wire.Bytes(hex)));
        act.Should().Throw<MessagePackException>().Which.Code.Should().Be(code);
    }

    [Fact]
    public void Raw_bytes_count_towards_the_depth_of_their_place()
    {
        var deep = Wire.Bytes(string.Concat(Enumerable.Repeat("91", 63)) + "c0");
        Wire.Encode((ref w) => { w.WriteArrayHeader(1); w.WriteRaw(deep); }).Should().HaveCount(65);
        var act = () => Wire.Encode((ref w) => { w.WriteArrayHeader(1); w.WriteArrayHeader(1); w.WriteRaw(deep); });
        act.Should().Throw<MessagePackException>().Which.Code.Should().Be(MessagePackErrorCodes.TooDeep);
    }

    [Fact]
    public void An_enum_number_nobody_defined_is_refused()
    {
        Wire.Refused("03", (ref r) => r.ReadEnum<Role>(), MessagePackErrorCodes.InvalidValue).Message.Should().Contain("3").And.Contain("Role");
        Wire.Refused("cf0000000100000001", (ref r) => r.ReadEnum<Role>(), MessagePackErrorCodes.OutOfRange);
        var act = () => Wire.Encode((ref w) => w.WriteEnum((Role)9));
        act.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_contract_refuses_a_value_with_the_same_error()
    {
        var error = Wire.Refused("05", (ref r) => { r.ReadInt32(); throw r.Invalid("5 is not even"); }, MessagePackErrorCodes.InvalidValue);
        error.Message.Should().Contain("5 is not even");
        error.Offset.Should().Be(1);
    }
}

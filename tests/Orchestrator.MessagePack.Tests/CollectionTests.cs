namespace Orchestrator.MessagePack.Tests;

public sealed class CollectionTests
{
    [Fact]
    public void Equal_maps_give_equal_bytes_whatever_the_order_of_insertion()
    {
        var one = new Dictionary<string, int> { ["b"] = 2, ["a"] = 1, ["B"] = 3 };
        var other = new Dictionary<string, int> { ["B"] = 3, ["a"] = 1, ["b"] = 2 };

        var hex = Wire.EncodeHex((ref w) => w.WriteMap(one, static (ref w, v) => w.Write(v)));

        hex.Should().Be("83 a14203 a16101 a16202".Replace(" ", "", StringComparison.Ordinal));
        Wire.EncodeHex((ref w) => w.WriteMap(other, static (ref w, v) => w.Write(v))).Should().Be(hex);
        Wire.Decode(hex, (ref r) => r.ReadMap(static (ref r) => r.ReadInt32())).Should().Equal(one);
    }

    [Fact]
    public void Maps_of_numbers_are_sorted_by_number()
    {
        var map = new Dictionary<long, bool> { [300] = true, [-1] = false, [2] = true };
        var hex = Wire.EncodeHex((ref w) => w.WriteMap(map, static (ref w, v) => w.Write(v)));
        hex.Should().Be("83" + "ffc2" + "02c3" + "cd012cc3");
        Wire.Decode(hex, (ref r) => r.ReadInt64Map(static (ref r) => r.ReadBoolean())).Should().Equal(map);
    }

    [Theory]
    [InlineData("83 a16101 a16202 a16103", 7)]
    [InlineData("82 a16101 d9016103", 4)] // the same key in a longer form
    public void The_same_text_twice_as_key_is_refused(string hex, int offset) =>
        Wire.Refused(hex, (ref r) => r.ReadMap(static (ref r) => r.ReadInt32()), MessagePackErrorCodes.DuplicateKey)
            .Offset.Should().Be(offset);

    [Fact]
    public void The_same_number_twice_as_key_is_refused() =>
        Wire.Refused("82 01c0 cd0001c0", (ref r) => r.ReadInt64Map(static (ref r) => r.TryReadNil()), MessagePackErrorCodes.DuplicateKey)
            .Offset.Should().Be(3);

    [Fact]
    public void Numbers_chosen_to_collide_do_not()
    {
        // All of them have the same hash in .NET: the lower half xor the upper half is zero.
        var map = Enumerable.Range(0, 2000).ToDictionary(i => i * ((1L << 32) + 1), i => i);
        map.Keys.Select(key => key.GetHashCode()).Distinct().Should().HaveCount(1);
        var data = Wire.Encode((ref w) => w.WriteMap(map, static (ref w, v) => w.Write(v)));

        var read = MessagePackSerializer.Deserialize(data, static (ref r) => r.ReadInt64Map(static (ref r) => r.ReadInt32()));

        read.Should().Equal(map);
        read.Keys.Select(key => read.Comparer.GetHashCode(key)).Distinct().Should().HaveCountGreaterThan(1990);
    }

    [Fact]
    public void Lists_keep_their_order()
    {
        var hex = Wire.EncodeHex((ref w) => w.WriteList(["b", "a", ""]));
        hex.Should().Be("93a162a161a0");
        Wire.Decode(hex, (ref r) => r.ReadStringList()).Should().Equal("b", "a", "");
        Wire.Decode("90", (ref r) => r.ReadStringList()).Should().BeEmpty();
        Wire.EncodeHex((ref w) => w.WriteList([3, 1], static (ref w, v) => w.Write(v))).Should().Be("920301");
    }

    [Fact]
    public void A_long_list_takes_memory_only_as_its_elements_arrive()
    {
        // 100 000 announced and present as bytes, but the second element is not a number.
        var data = new byte[100_005];
        Wire.Bytes("dd000186a0").CopyTo(data, 0);
        data[6] = 0xc0;
        var read = (ReadAction)((ref r) => r.ReadList(static (ref r) => (decimal)r.ReadInt64()));
        Wire.Refused(data, read, MessagePackErrorCodes.UnexpectedType);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Wire.Refused(data, read, MessagePackErrorCodes.UnexpectedType);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(256 * 1024, "100 000 decimals would be 1.6 MB");
    }

    [Fact]
    public void A_list_longer_than_the_first_capacity_is_read_whole()
    {
        var items = Enumerable.Range(0, 5000).ToList();
        var data = Wire.Encode((ref w) => w.WriteList(items, static (ref w, v) => w.Write(v)));
        MessagePackSerializer.Deserialize(data, static (ref r) => r.ReadList(static (ref r) => r.ReadInt32())).Should().Equal(items);
    }
}

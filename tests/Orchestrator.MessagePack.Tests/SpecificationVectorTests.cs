namespace Orchestrator.MessagePack.Tests;

/// <summary>Vectors worked out by hand from the "Formats" and "Timestamp extension type" sections of the specification.</summary>
public sealed class SpecificationVectorTests
{
    [Theory]
    [InlineData("c0", "n")]
    [InlineData("c2", "f")]
    [InlineData("c3", "t")]
    [InlineData("00", "i0")]
    [InlineData("7f", "i127")]
    [InlineData("cc80", "i128")]
    [InlineData("ccff", "i255")]
    [InlineData("cd0100", "i256")]
    [InlineData("cdffff", "i65535")]
    [InlineData("ce00010000", "i65536")]
    [InlineData("ceffffffff", "i4294967295")]
    [InlineData("cf0000000100000000", "i4294967296")]
    [InlineData("cf7fffffffffffffff", "i9223372036854775807")]
    [InlineData("cf8000000000000000", "i9223372036854775808")]
    [InlineData("cfffffffffffffffff", "i18446744073709551615")]
    [InlineData("ff", "i-1")]
    [InlineData("e0", "i-32")]
    [InlineData("d0df", "i-33")]
    [InlineData("d080", "i-128")]
    [InlineData("d1ff7f", "i-129")]
    [InlineData("d18000", "i-32768")]
    [InlineData("d2ffff7fff", "i-32769")]
    [InlineData("d280000000", "i-2147483648")]
    [InlineData("d3ffffffff7fffffff", "i-2147483649")]
    [InlineData("d38000000000000000", "i-9223372036854775808")]
    [InlineData("ca00000000", "e00000000")]
    [InlineData("ca3fc00000", "e3fc00000")]
    [InlineData("ca7fc00001", "e7fc00001")]
    [InlineData("cb0000000000000000", "d0000000000000000")]
    [InlineData("cb8000000000000000", "d8000000000000000")]
    [InlineData("cb3ff0000000000000", "d3ff0000000000000")]
    [InlineData("cb7ff0000000000000", "d7ff0000000000000")]
    [InlineData("cbfff8000000000000", "dfff8000000000000")]
    [InlineData("cb7ff4000000000001", "d7ff4000000000001")]
    [InlineData("a0", "s")]
    [InlineData("a161", "s61")]
    [InlineData("a100", "s00")]
    [InlineData("a2c3a9", "sc3a9")]
    [InlineData("a3efbbbf", "sefbbbf")]
    [InlineData("a4f09f9880", "sf09f9880")]
    [InlineData("c400", "b")]
    [InlineData("c40100", "b00")]
    [InlineData("90", "[]")]
    [InlineData("92 01 91 c0", "[i1,[n]]")]
    [InlineData("80", "{}")]
    [InlineData("82 01 a161 a162 80", "{i1:s61,s62:{}}")]
    [InlineData("81 90 c3", "{[]:t}")]
    [InlineData("c70005", "x5/")]
    [InlineData("d40501", "x5/01")]
    [InlineData("d5050102", "x5/0102")]
    [InlineData("c70305010203", "x5/010203")]
    [InlineData("d60501020304", "x5/01020304")]
    [InlineData("d7 7f 0102030405060708", "x127/0102030405060708")]
    [InlineData("d8 80 0102030405060708090a0b0c0d0e0f10", "x-128/0102030405060708090a0b0c0d0e0f10")]
    [InlineData("d6ff00000000", "T0/0")]
    [InlineData("d6ffffffffff", "T4294967295/0")]
    [InlineData("d7ff0000000100000000", "T4294967296/0")]
    [InlineData("d7ff0000000400000000", "T0/1")]
    [InlineData("d7ffee6b27ffffffffff", "T17179869183/999999999")]
    [InlineData("c70cff 00000000 0000000400000000", "T17179869184/0")]
    [InlineData("c70cff 00000000 ffffffffffffffff", "T-1/0")]
    [InlineData("c70cff 3b9ac9ff 8000000000000000", "T-9223372036854775808/999999999")]
    public void The_shortest_form_is_read_and_written(string hex, string notation)
    {
        var value = Value.Decode(Wire.Bytes(hex));

        value.Notation.Should().Be(notation);
        Wire.Hex(value.Encode()).Should().Be(hex.Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cc00", "00")]
    [InlineData("cd0000", "00")]
    [InlineData("ce00000000", "00")]
    [InlineData("cf0000000000000000", "00")]
    [InlineData("d000", "00")]
    [InlineData("d10000", "00")]
    [InlineData("d200000000", "00")]
    [InlineData("d30000000000000000", "00")]
    [InlineData("d07f", "7f")]
    [InlineData("d10080", "cc80")]
    [InlineData("d37fffffffffffffff", "cf7fffffffffffffff")]
    [InlineData("d0ff", "ff")]
    [InlineData("d1ffff", "ff")]
    [InlineData("d2ffffffff", "ff")]
    [InlineData("d3ffffffffffffffff", "ff")]
    [InlineData("d900", "a0")]
    [InlineData("da000161", "a161")]
    [InlineData("db0000000161", "a161")]
    [InlineData("c5000101", "c40101")]
    [InlineData("c60000000101", "c40101")]
    [InlineData("dc0000", "90")]
    [InlineData("dd00000001c0", "91c0")]
    [InlineData("de000101c0", "8101c0")]
    [InlineData("df0000000101c0", "8101c0")]
    [InlineData("c70105aa", "d405aa")]
    [InlineData("c8000105aa", "d405aa")]
    [InlineData("c90000000105aa", "d405aa")]
    [InlineData("c704ff00000001", "d6ff00000001")]
    [InlineData("d7ff0000000000000001", "d6ff00000001")]
    [InlineData("c70cff000000000000000000000001", "d6ff00000001")]
    public void Longer_forms_are_read_and_written_back_in_the_shortest(string hex, string shortest) =>
        Wire.Hex(Value.Decode(Wire.Bytes(hex)).Encode()).Should().Be(shortest);

    [Theory]
    [InlineData(31, "bf")]
    [InlineData(32, "d920")]
    [InlineData(255, "d9ff")]
    [InlineData(256, "da0100")]
    [InlineData(65535, "daffff")]
    [InlineData(65536, "db00010000")]
    public void Text_takes_the_shortest_header(int length, string header) =>
        RoundTrip(new Value.Text(new string('x', length)), header, length);

    [Theory]
    [InlineData(255, "c4ff")]
    [InlineData(256, "c50100")]
    [InlineData(65535, "c5ffff")]
    [InlineData(65536, "c600010000")]
    public void Bytes_take_the_shortest_header(int length, string header) =>
        RoundTrip(new Value.Bin(new byte[length]), header, length);

    [Theory]
    [InlineData(17, "c71107")]
    [InlineData(255, "c7ff07")]
    [InlineData(256, "c8010007")]
    [InlineData(65535, "c8ffff07")]
    [InlineData(65536, "c90001000007")]
    public void Extensions_take_the_shortest_header(int length, string header) =>
        RoundTrip(new Value.Ext(7, new byte[length]), header, length);

    [Theory]
    [InlineData(15, "9f")]
    [InlineData(16, "dc0010")]
    [InlineData(65535, "dcffff")]
    [InlineData(65536, "dd00010000")]
    public void Arrays_take_the_shortest_header(int length, string header) =>
        RoundTrip(new Value.Arr([.. Enumerable.Repeat(new Value.Nil(), length)]), header, length);

    [Theory]
    [InlineData(15, "8f")]
    [InlineData(16, "de0010")]
    [InlineData(65535, "deffff")]
    [InlineData(65536, "df00010000")]
    public void Maps_take_the_shortest_header(int length, string header) =>
        RoundTrip(
            new Value.Map([.. Enumerable.Repeat(KeyValuePair.Create<Value, Value>(new Value.Int(1), new Value.Nil()), length)]),
            header,
            2 * length);

    [Theory]
    [InlineData(0L, "00")]
    [InlineData(127L, "7f")]
    [InlineData(128L, "cc80")]
    [InlineData(65536L, "ce00010000")]
    [InlineData(long.MaxValue, "cf7fffffffffffffff")]
    [InlineData(-32L, "e0")]
    [InlineData(-33L, "d0df")]
    [InlineData(long.MinValue, "d38000000000000000")]
    public void Signed_numbers_share_the_forms_of_unsigned_ones(long value, string hex) =>
        Wire.EncodeHex((ref w) => w.Write(value)).Should().Be(hex);

    private static void RoundTrip(Value value, string header, int bodyLength)
    {
        var data = value.Encode();
        Wire.Hex(data).Should().StartWith(header);
        data.Should().HaveCount((header.Length / 2) + bodyLength);
        Value.Decode(data).Notation.Should().Be(value.Notation);
    }
}

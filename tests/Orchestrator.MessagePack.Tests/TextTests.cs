namespace Orchestrator.MessagePack.Tests;

public sealed class TextTests
{
    [Theory]
    [InlineData("c0", "null")]
    [InlineData("c3", "true")]
    [InlineData("c2", "false")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("cb3ff0000000000000", "1.0")]
    [InlineData("cb3fb999999999999a", "0.1")]
    [InlineData("ca3dcccccd", "0.1f")]
    [InlineData("ca40000000", "2.0f")]
    [InlineData("cb7ff8000000000000", "NaN")]
    [InlineData("cbfff0000000000000", "-Infinity")]
    [InlineData("cb7e37e43c8800759c", "1E+300")]
    [InlineData("a0", "\"\"")]
    [InlineData("a5 22 5c 0a 09 00", "\"\\\"\\\\\\n\\t\\u0000\"")]
    [InlineData("a4 f09f9880", "\"😀\"")]
    [InlineData("a4 1b5b324a", "\"\\u001b[2J\"")]
    [InlineData("a3 e280ae", "\"\\u202e\"")]
    [InlineData("c403 00ffaa", "h'00ffaa'")]
    [InlineData("c410 00112233445566778899aabbccddeeff", "id'00112233-4455-6677-8899-aabbccddeeff'")]
    [InlineData("d6ff00000001", "t'1970-01-01T00:00:01Z'")]
    [InlineData("d7ff0000019000000000", "t'1970-01-01T00:00:00.0000001Z'")]
    [InlineData("c70cff00000000ffffffffffffffff", "t'1969-12-31T23:59:59Z'")]
    [InlineData("c70cff000000007fffffffffffffff", "ext(-1, h'000000007fffffffffffffff')")]
    [InlineData("d405aa", "ext(5, h'aa')")]
    [InlineData("90", "[]")]
    [InlineData("93 01 92c0c3 a161", "[1, [null, true], \"a\"]")]
    [InlineData("82 01 a161 91c0 80", "{1: \"a\", [null]: {}}")]
    public void Shows_every_kind_of_value(string hex, string text) =>
        MessagePackText.Render(Wire.Bytes(hex)).Should().Be(text);

    [Fact]
    public void Cuts_long_bytes_and_says_how_many_there_are() =>
        MessagePackText.Render(Wire.Encode((ref w) => w.WriteBinary(new byte[65])))
            .Should().Be("h'" + new string('0', 128) + "…' (65 bytes)");

    [Theory]
    [InlineData("", MessagePackErrorCodes.Truncated)]
    [InlineData("92 01 c1", MessagePackErrorCodes.ReservedByte)]
    [InlineData("91 a1ff", MessagePackErrorCodes.InvalidText)]
    [InlineData("0101", MessagePackErrorCodes.TrailingData)]
    public void Shows_damage_where_it_is(string hex, string code) =>
        MessagePackText.Render(Wire.Bytes(hex)).Should().MatchRegex($" <{code}: .+>$");

    [Fact]
    public void Shows_what_comes_before_the_damage() =>
        MessagePackText.Render(Wire.Bytes("93 01 02 c1")).Should().StartWith("[1, 2, ").And.Contain("ORC4104");
}

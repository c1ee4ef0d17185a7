using System.Text.Json.Nodes;

namespace Orchestrator.MessagePack.Tests;

public sealed class JsonTests
{
    [Theory]
    [InlineData("c3", "true")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("cb3fb999999999999a", "0.1")]
    [InlineData("cb7ff8000000000000", "\"NaN\"")]
    [InlineData("a5 22 5c 0a 09 00", "\"\\u0022\\\\\\n\\t\\u0000\"")]
    [InlineData("c403 00ffaa", "{\"base64\":\"AP+q\"}")]
    [InlineData("c410 00112233445566778899aabbccddeeff", "{\"base64\":\"ABEiM0RVZneImaq7zN3u/w==\",\"uuid\":\"00112233-4455-6677-8899-aabbccddeeff\"}")]
    [InlineData("d7ff0000019000000000", "\"1970-01-01T00:00:00.0000001Z\"")]
    [InlineData("d405aa", "{\"extension\":5,\"base64\":\"qg==\"}")]
    [InlineData("93 01 92c0c3 a161", "[1,[null,true],\"a\"]")]
    [InlineData("82 a161 01 a162 c0", "{\"a\":1,\"b\":null}")]
    [InlineData("82 01 a161 91c0 80", "{\"map\":[[1,\"a\"],[[null],{}]]}")]
    [InlineData("82 a161 01 a161 02", "{\"map\":[[\"a\",1],[\"a\",2]]}")]
    public void Holds_every_kind_of_value(string hex, string json) =>
        JsonNode.DeepEquals(MessagePackJson.Convert(Wire.Bytes(hex)), JsonNode.Parse(json)).Should().BeTrue(
            MessagePackJson.Convert(Wire.Bytes(hex))!.ToJsonString());

    [Fact]
    public void Names_the_fields_and_numbers_those_without_a_name() =>
        MessagePackJson.Convert(Wire.Bytes("93 01 a161 c3"), ["one", "two"])!.ToJsonString().Should().Be("{\"one\":1,\"two\":\"a\",\"field2\":true}");

    [Theory]
    [InlineData("")]
    [InlineData("92 01 c1")]
    [InlineData("91 a1ff")]
    [InlineData("0101")]
    public void Refuses_damage(string hex)
    {
        var convert = () => MessagePackJson.Convert(Wire.Bytes(hex));
        convert.Should().Throw<MessagePackException>();
    }
}

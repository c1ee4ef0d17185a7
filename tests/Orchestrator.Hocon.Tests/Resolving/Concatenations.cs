namespace Orchestrator.Hocon.Tests.Resolving;

public class Concatenations
{
    [Theory]
    [InlineData("x = a, y = b, v = ${x} ${y}", "a b")]
    [InlineData("x = a, v = ${x}   \" \"  ${x}", "a      a")]
    [InlineData("v = ${?no} ${?no}", " ")]
    [InlineData("x = 1.0e3, v = ${x}s", "1.0e3s")]
    [InlineData("x = true, v = ${x}\"\"", "true")]
    public void Join_text_with_the_blanks_between(string hocon, string text) =>
        Conf.Parse(hocon).Find("v").Should().Be(Conf.Scalar(HoconScalarKind.Text, text));

    [Theory]
    [InlineData("v = [1,2] [3,4]", """{"v":[1,2,3,4]}""")]
    [InlineData("x = [1], v = ${x} [2] ${x}", """{"x":[1],"v":[1,2,1]}""")]
    [InlineData("x { \"2\" = c, \"0\" = a, other = z }, v = [0] ${x}", """{"x":{"2":"c","0":"a","other":"z"},"v":[0,"a","c"]}""")]
    [InlineData("v = [1,2\n] [3]", """{"v":[1,2,3]}""")]
    public void Join_lists(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("v = { a = 1 } { b = 2 }", """{"v":{"a":1,"b":2}}""")]
    [InlineData("v = { a = 1 } { a = 2 }", """{"v":{"a":2}}""")]
    [InlineData("x { a = 0, o { p = 1 } }, v = ${x} { o { q = 2 } }", """{"x":{"a":0,"o":{"p":1}},"v":{"a":0,"o":{"p":1,"q":2}}}""")]
    public void Merge_objects(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a += 1, a += 2", """{"a":[1,2]}""")]
    [InlineData("a = [], a += x y", """{"a":["x y"]}""")]
    [InlineData("x { a += 1, a += {b = 2} }", """{"x":{"a":[1,{"b":2}]}}""")]
    [InlineData("a = ${x}, a += ${y}, x = [1], y = 2", """{"a":[1,2],"x":[1],"y":2}""")]
    [InlineData("a.b.c = [1], a.b.c += 2", """{"a":{"b":{"c":[1,2]}}}""")]
    [InlineData("a1+=3", """{"a1":[3]}""")]
    public void Append_to_lists(string hocon, string json) => hocon.ShouldMean(json);

    [Fact]
    public void Append_does_not_read_the_environment() =>
        HoconRenderer.Render(Conf.Parse("PATH += x", ("PATH", "/bin")), json: true).Should().Contain("[");

    [Theory]
    [InlineData("v = [1] x")]
    [InlineData("v = {} x")]
    [InlineData("v = [1] {a=1}")]
    [InlineData("a = 10, a += 2")]
    [InlineData("a = {x = y}, a += 2")]
    [InlineData("a = [1], b = y${a}z")]
    [InlineData("a { c = 2 }, b = y${a}z")]
    [InlineData("a { c = 2 }, b = ${a} \" \" ${a}")]
    [InlineData("a { c = 2 }, l = [1], b = ${a} ${l}")]
    public void Refuse_different_kinds(string hocon) =>
        Conf.Error(hocon).Code.Should().Be(HoconErrorCodes.MixedConcatenation);
}

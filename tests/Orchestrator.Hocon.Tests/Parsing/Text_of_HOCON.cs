namespace Orchestrator.Hocon.Tests.Parsing;

public class Text_of_HOCON
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData(" \n # only a comment", "{}")]
    [InlineData("// one\n# two\na = 1 // three\nb = 2#four", """{"a":1,"b":2}""")]
    [InlineData("a = 1\nb : 2", """{"a":1,"b":2}""")]
    [InlineData("{ a = 1 }", """{"a":1}""")]
    [InlineData("[1, 2]", "[1,2]")]
    [InlineData("a { b = 1 }", """{"a":{"b":1}}""")]
    [InlineData("a\n{ b = 1 }", """{"a":{"b":1}}""")]
    [InlineData("a = \n\n 1", """{"a":1}""")]
    [InlineData("{\"a\"\n:\n1}", """{"a":1}""")]
    [InlineData("a = 1,\nb = 2,", """{"a":1,"b":2}""")]
    [InlineData("l = [1\n2\n3]", """{"l":[1,2,3]}""")]
    [InlineData("l = [1,\n2,\n]", """{"l":[1,2]}""")]
    [InlineData("l = [1\n,2]", """{"l":[1,2]}""")]
    [InlineData("l = [1 2]", """{"l":["1 2"]}""")]
    [InlineData("l = [[1]\n[2]]", """{"l":[[1],[2]]}""")]
    [InlineData("\uFEFFa\u00A0=\u20031\r\nb=2\r\n", """{"a":1,"b":2}""")]
    [InlineData("a = x\u2028y", "{\"a\":\"x\u2028y\"}")]
    [InlineData("a = true, b = yes, c = null, d = \"null\"", """{"a":true,"b":"yes","c":null,"d":"null"}""")]
    [InlineData("a = truex, b = nullx", """{"a":"truex","b":"nullx"}""")]
    public void Reads_structure_and_separators(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a = hello  big   world  ", """{"a":"hello  big   world"}""")]
    [InlineData("a = one \"two\" 3.0 true null", """{"a":"one two 3.0 true null"}""")]
    [InlineData("a = 1.0e3 x", """{"a":"1.0e3 x"}""")]
    [InlineData("a = 10s", """{"a":"10s"}""")]
    [InlineData("a = 192.168.0.1", """{"a":"192.168.0.1"}""")]
    [InlineData("a = 2024-02-30", """{"a":"2024-02-30"}""")]
    [InlineData("a = -foo, b = -1, c = -", """{"a":"-foo","b":-1,"c":"-"}""")]
    [InlineData("a = 10e+3, b = 10e3e3", """{"a":10e+3,"b":"10e3e3"}""")]
    [InlineData("a = 007", """{"a":"007"}""")]
    [InlineData("a = /var/lib/x(1);y|z%~<>'", """{"a":"/var/lib/x(1);y|z%~<>'"}""")]
    [InlineData("a = \"x\"\"y\"", """{"a":"xy"}""")]
    [InlineData("""a = "\"\\\/\b\f\n\r\t\u00e9" """, """{"a":"\"\\/\b\f\n\r\t\u00e9"}""")]
    [InlineData("a = \"\"\"raw \\n \"quoted\"\nsecond\"\"\"", """{"a":"raw \\n \"quoted\"\nsecond"}""")]
    [InlineData("a = \"\"\"x\"\"\"\"\"", """{"a":"x\"\""}""")]
    [InlineData("a = \"\"\"\"\"\"", """{"a":""}""")]
    public void Reads_text_and_numbers(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a.b.c = 1", """{"a":{"b":{"c":1}}}""")]
    [InlineData("a.\"b.c\".d = 1", """{"a":{"b.c":{"d":1}}}""")]
    [InlineData("3.14 : x", """{"3":{"14":"x"}}""")]
    [InlineData("10.0foo : x", """{"10":{"0foo":"x"}}""")]
    [InlineData("a b c : 1", """{"a b c":1}""")]
    [InlineData("  a . b : 1", """{"a ":{" b":1}}""")]
    [InlineData("\"\" : 1", """{"":1}""")]
    [InlineData("a.\"\".b : 1", """{"a":{"":{"b":1}}}""")]
    [InlineData("true : 1, null.x : 2", """{"true":1,"null":{"x":2}}""")]
    [InlineData("foo include : 1, x.include : 2, \"include\" : 3", """{"foo include":1,"x":{"include":2},"include":3}""")]
    [InlineData("a = include", """{"a":"include"}""")]
    public void Reads_keys_as_paths(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a = 1, a = 2", """{"a":2}""")]
    [InlineData("a = {x:1,y:1}, a = {y:2,z:2}", """{"a":{"x":1,"y":2,"z":2}}""")]
    [InlineData("a.b.x = 1, a.b.y = 2", """{"a":{"b":{"x":1,"y":2}}}""")]
    [InlineData("a = {x:1}, a = null, a = {y:2}", """{"a":{"y":2}}""")]
    [InlineData("a = {x:1}, a = [], a = {y:2}", """{"a":{"y":2}}""")]
    [InlineData("a = {x:1}, a = null", """{"a":null}""")]
    [InlineData("a = [1,2,3], a = [9]", """{"a":[9]}""")]
    public void Lets_the_later_value_win_and_merges_objects(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("a = 1 }")]
    [InlineData("{ a = 1")]
    [InlineData("[1")]
    [InlineData("[1]]")]
    [InlineData("{} x")]
    [InlineData("[] {}")]
    [InlineData("[,1]")]
    [InlineData("[1,,2]")]
    [InlineData("[1,\n,2]")]
    [InlineData("[1,,]")]
    [InlineData("[,]")]
    [InlineData("{,}")]
    [InlineData(",a=1")]
    [InlineData("a=1,,b=2")]
    [InlineData("a")]
    [InlineData("a =")]
    [InlineData("a = \n")]
    [InlineData("a = ,")]
    [InlineData("= 1")]
    [InlineData("a b\nc = 1")]
    [InlineData("a..b = 1")]
    [InlineData(".a = 1")]
    [InlineData("a. = 1")]
    [InlineData("[a] = 1")]
    [InlineData("${a} = 1")]
    [InlineData("a = b = c")]
    [InlineData("a = {} \n [1]")]
    [InlineData("a = http://x")]
    [InlineData("a = x@y")]
    [InlineData("a = 1+2")]
    [InlineData("a = 10e+3e")]
    [InlineData("a = `x`")]
    [InlineData("a = c:\\x")]
    [InlineData("a = x!")]
    [InlineData("a = $x")]
    [InlineData("a = \"x")]
    [InlineData("a = \"x\ny\"")]
    [InlineData("a = \"x\ty\"")]
    [InlineData("a = \"\\x\"")]
    [InlineData("a = \"\\u12g4\"")]
    [InlineData("a = \"\\u12")]
    [InlineData("a = \"\\")]
    [InlineData("a = \"\"\"x\"\"")]
    [InlineData("a = ${")]
    [InlineData("a = ${}")]
    [InlineData("a = ${?}")]
    [InlineData("a = ${ ?b}")]
    [InlineData("a = ${b\n}")]
    [InlineData("a = ${${b}}")]
    [InlineData("a = ${b.}")]
    [InlineData("a = ${b[]}")]
    [InlineData("include")]
    [InlineData("include foo")]
    [InlineData("include = 1")]
    [InlineData("include \"a\" \"b\"")]
    [InlineData("include ${a}")]
    [InlineData("include file(\"a\"")]
    [InlineData("include optional(\"a\")")]
    [InlineData("l = [{a += 1}]")]
    public void Refuses_what_is_not_HOCON(string hocon) => Conf.Error(hocon).Code.Should().Be(HoconErrorCodes.Syntax, hocon);

    [Theory]
    [InlineData("a = 1\n  b = x@y", 2, 8)]
    [InlineData("a = [\n  1,\n  ,\n]", 3, 3)]
    [InlineData("a = \"\"\"\n\n\"\"\" , , b = 1", 3, 7)]
    [InlineData("a {\n b = 1\n", 3, 1)]
    public void Names_line_and_column(string hocon, int line, int column)
    {
        var error = Conf.Error(hocon);

        (error.File, error.Line, error.Column).Should().Be(("test.conf", line, column));
        error.Message.Should().StartWith($"ORC1200 test.conf:{line}:{column}: ");
    }

    [Fact]
    public void Keeps_the_place_of_every_value()
    {
        var root = Conf.Parse("a = 1\nb {\n  c = ${a}x\n  l = [1,\n 2]\n}");

        root.Find("a")!.Origin.ToString().Should().Be("test.conf:1");
        root.Find("b.c")!.Origin.ToString().Should().Be("test.conf:3");
        ((HoconArray)root.Find("b.l")!).Items[1].Origin.ToString().Should().Be("test.conf:5");
    }
}

namespace Orchestrator.Hocon.Tests.Resolving;

public class Substitutions
{
    [Theory]
    [InlineData("a = 1, b = ${a}", """{"a":1,"b":1}""")]
    [InlineData("b = ${a}, a = 1", """{"b":1,"a":1}""")]
    [InlineData("a = 1, b = ${a}, a = 2", """{"a":2,"b":2}""")]
    [InlineData("a.x = 1, b = ${a}, b.y = 2", """{"a":{"x":1},"b":{"x":1,"y":2}}""")]
    [InlineData("a.x = 1, b = ${a}, a.y = 2", """{"a":{"x":1,"y":2},"b":{"x":1,"y":2}}""")]
    [InlineData("b.x = 9, b = ${a}, a.x = 1", """{"b":{"x":1},"a":{"x":1}}""")]
    [InlineData("a = null, b = ${a}, c = ${a}x", """{"a":null,"b":null,"c":"nullx"}""")]
    [InlineData("a = {\"x.y\" = 1}, b = ${a.\"x.y\"}", """{"a":{"x.y":1},"b":1}""")]
    [InlineData("b = ${ a }, a = true", """{"b":true,"a":true}""")]
    [InlineData("l = [${a}, {x = ${a}}], a = 1", """{"l":[1,{"x":1}],"a":1}""")]
    [InlineData("base { x = 1 }, a = ${base} { y = 2 }, c = ${a.x}, d = ${a.y}", """{"base":{"x":1},"a":{"x":1,"y":2},"c":1,"d":2}""")]
    [InlineData("a = ${b}, b = ${c}, c { x = 1 }, d = ${a.x}", """{"a":{"x":1},"b":{"x":1},"c":{"x":1},"d":1}""")]
    public void Take_the_final_value_from_the_whole_tree(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a = ${?no}", "{}")]
    [InlineData("a = 1, a = ${?no}", """{"a":1}""")]
    [InlineData("a = {x:1}, a = ${?no}", """{"a":{"x":1}}""")]
    [InlineData("a = [1, ${?no}, 2]", """{"a":[1,2]}""")]
    [InlineData("a = x${?no}y", """{"a":"xy"}""")]
    [InlineData("a = ${?no}${?no2}", "{}")]
    [InlineData("a = \"\"${?no}", """{"a":""}""")]
    [InlineData("a = ${?no} {x:1}", """{"a":{"x":1}}""")]
    [InlineData("a = [1] ${?no} [2]", """{"a":[1,2]}""")]
    [InlineData("a = ${?no.deep.er}, no = 1", """{"no":1}""")]
    public void Vanish_when_optional_and_undefined(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("path = \"a\", path = ${path}\":b\", path = ${path}\":c\"", """{"path":"a:b:c"}""")]
    [InlineData("a = ${?a}foo", """{"a":"foo"}""")]
    [InlineData("a = 1, a = ${?a}foo${?a}", """{"a":"1foo1"}""")]
    [InlineData("a = {b:5}, a = ${a.b}", """{"a":5}""")]
    [InlineData("a = {b:5}, a = ${a}, a = {c:6}", """{"a":{"b":5,"c":6}}""")]
    [InlineData("a = {b={c=5}}, a = ${a.b}, a = {b=2}", """{"a":{"b":2,"c":5}}""")]
    [InlineData("a = {b={c=5}}, a = {x = ${a.b}}, a = {b=2}", """{"a":{"b":2,"x":2}}""")]
    [InlineData("a = [1], a = ${a} [2], a = {x:1}", """{"a":{"x":1}}""")]
    [InlineData("a = 1, a = ${a}, a = 2", """{"a":2}""")]
    [InlineData("a = ${a}, a = 1", """{"a":1}""")]
    [InlineData("a = { b : 3 }, a = { b : 2 } ${a}", """{"a":{"b":3}}""")]
    [InlineData("d { x = [] }, c = ${d}, c { x += 1, x += 2 }", """{"d":{"x":[]},"c":{"x":[1,2]}}""")]
    [InlineData("d { x = [] }, c = ${d}, c { x = ${c.x}[1], x = ${c.x}[2] }", """{"d":{"x":[]},"c":{"x":[1,2]}}""")]
    [InlineData("base {l=[1]}, a = ${base}, a = {l = ${a.l}[3]}, a = ${over}, over {m = 1}", """{"base":{"l":[1]},"a":{"l":[1,3],"m":1},"over":{"m":1}}""")]
    public void Look_back_when_a_field_refers_to_itself(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }", """{"bar":{"foo":42,"baz":42}}""")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }, bar : { foo : 43 }", """{"bar":{"foo":43,"baz":43}}""")]
    [InlineData("bar : 101, bar : { foo : 42, baz : ${bar.foo} }", """{"bar":{"foo":42,"baz":42}}""")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }, bar.b = 3, foo : { c : ${bar.b}, d : 2 }, foo.d = 4",
        """{"bar":{"a":4,"b":3},"foo":{"c":3,"d":4}}""")]
    [InlineData("foo = ${a.b.c}, a { b { c = 42, cycle = ${foo} }, cycle = ${foo} }",
        """{"foo":42,"a":{"b":{"c":42,"cycle":42},"cycle":42}}""")]
    [InlineData("a = ${base}, a { x = 1 }, base { y = ${a.x}, w = ${a.z}, z = 7 }",
        """{"a":{"y":1,"w":7,"z":7,"x":1},"base":{"y":1,"w":7,"z":7}}""")]
    [InlineData("a = ${base} { x = 1 }, base { y = ${a.x} }", """{"a":{"y":1,"x":1},"base":{"y":1}}""")]
    public void Let_objects_refer_to_their_own_and_each_others_fields(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a = 1, b = ${a}, a = ${b}", """{"a":1,"b":1}""")]
    [InlineData("b = ${a}, a = 1, a = ${b}", """{"b":1,"a":1}""")]
    [InlineData("a = 1, b = ${c}, c = ${a}, a = ${b}", """{"a":1,"b":1,"c":1}""")]
    [InlineData("a = 1, b = 2, a = ${b}, b = ${a}", """{"a":1,"b":1}""")]
    [InlineData("a = ${?b}foo, b = ${?a}", """{"a":"foo","b":"foo"}""")]
    [InlineData("a = ${?b}, b = ${?c}, c = ${?a}", "{}")]
    public void Break_a_longer_circle_by_looking_back(string hocon, string json) => hocon.ShouldMean(json);

    [Theory]
    [InlineData("a = ${a}")]
    [InlineData("a = ${b}, b = ${a}")]
    [InlineData("a = ${b}, b = ${c}, c = ${d}, d = ${a}")]
    [InlineData("a = { b = ${a} }")]
    [InlineData("a = 1, a = { x = ${a} }")]
    [InlineData("a = 1, a = [${a}, 2]")]
    [InlineData("a = [{ b = ${a} }]")]
    [InlineData("a { b = ${c} }, c { d = ${a} }")]
    [InlineData("foo = ${bar}, bar = ${a.b.c}, a.b.c = ${foo}, x = ${?foo}")]
    [InlineData("a = ${b.x}, b = ${a.y}")]
    public void Refuse_a_cycle(string hocon)
    {
        var error = Conf.Error(hocon);

        error.Code.Should().Be(HoconErrorCodes.Cycle);
        error.Message.Should().Contain("cycle").And.Contain("${");
    }

    [Theory]
    [InlineData("a = ${no}", "${no}")]
    [InlineData("a = [x${no}]", "${no}")]
    [InlineData("a = 1, b = ${a.b}", "${a.b}")]
    [InlineData("a = ${no}, a = {x:1}", "${no}")]
    public void Refuse_an_undefined_path(string hocon, string shown)
    {
        var error = Conf.Error(hocon);

        error.Code.Should().Be(HoconErrorCodes.Unresolved);
        error.Message.Should().Contain(shown).And.Contain("test.conf:1:");
    }

    [Fact]
    public void Do_not_matter_when_hidden() => "foo = ${nope}, foo = 42".ShouldMean("""{"foo":42}""");

    [Fact]
    public void Fall_back_to_the_environment_only_for_an_absent_path()
    {
        var root = Conf.Parse("a = ${?HOME}, set = 1, b = ${?set}, nil = null, c = ${nil}, p = ${?p}\":x\"",
            ("HOME", "/root"), ("set", "env"), ("nil", "env"), ("p", "env"));

        root.Find("a").Should().Be(Conf.Scalar(HoconScalarKind.Text, "/root"));
        root.Find("b").Should().Be(Conf.Scalar(HoconScalarKind.Number, "1"));
        root.Find("c").Should().Be(Conf.Scalar(HoconScalarKind.Null, "null"));
        root.Find("p").Should().Be(Conf.Scalar(HoconScalarKind.Text, "env:x"), "there was no earlier value to look back to");
    }

    [Fact]
    public void Do_not_see_the_environment_unless_it_is_given() =>
        FluentActions.Invoking(() => HoconParser.Parse("a = ${PATH}")).Should().Throw<HoconException>();
}

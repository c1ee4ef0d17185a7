namespace Orchestrator.Hocon.Tests.Loading;

public class Layers
{
    [Fact]
    public void Resolve_against_all_of_them_together()
    {
        var root = HoconParser.Load([
            new HoconLayer.Text("reference.conf", "base = /var, dir = ${base}/log, l = [1, 2, 3], o { a = 1, b = 1 }"),
            new HoconLayer.Text("application.conf", "base = /srv, l = [9], o { b = 2 }"),
            new HoconLayer.Override("o.c=3")]);

        root.Should().Be(Conf.Json("""{"base":"/srv","dir":"/srv/log","l":[9],"o":{"a":1,"b":2,"c":3}}"""));
    }

    [Fact]
    public void Let_a_null_between_two_objects_reset_them()
    {
        var root = HoconParser.Load([
            new HoconLayer.Text("1", "o { a = 1 }"), new HoconLayer.Text("2", "o = null"), new HoconLayer.Text("3", "o { b = 2 }")]);

        root.Should().Be(Conf.Json("""{"o":{"b":2}}"""));
    }

    [Theory]
    [InlineData("a.b=1", """{"a":{"b":1}}""")]
    [InlineData("a.b = x y ", """{"a":{"b":"x y"}}""")]
    [InlineData("a=https://host:8443/p?q=1#f", """{"a":"https://host:8443/p?q=1#f"}""")]
    [InlineData("a=", """{"a":""}""")]
    [InlineData("a=null", """{"a":null}""")]
    [InlineData("a=true", """{"a":true}""")]
    [InlineData("a=5s", """{"a":"5s"}""")]
    [InlineData("a=[1,2]", """{"a":[1,2]}""")]
    [InlineData("a={b=1}", """{"a":{"b":1}}""")]
    [InlineData("a=\"[x\"", """{"a":"[x"}""")]
    [InlineData("\"a=b\".c=1", """{"a=b":{"c":1}}""")]
    [InlineData("list+=2", """{"list":[2]}""")]
    [InlineData("include=x", """{"include":"x"}""")]
    public void Take_overrides_as_they_stand(string assignment, string json) =>
        HoconParser.Load([new HoconLayer.Override(assignment)]).Should().Be(Conf.Json(json));

    [Fact]
    public void Let_overrides_substitute_and_append()
    {
        var root = HoconParser.Load([
            new HoconLayer.Text("t", "a = 1, l = [1]"), new HoconLayer.Override("b=${a}x"), new HoconLayer.Override("l+=2")]);

        root.Should().Be(Conf.Json("""{"a":1,"l":[1,2],"b":"1x"}"""));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=1")]
    [InlineData("")]
    public void Refuse_an_override_without_path_or_value(string assignment) =>
        FluentActions.Invoking(() => HoconParser.Load([new HoconLayer.Override(assignment)])).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.BadOverride);

    [Fact]
    public void Name_the_override_in_its_error() =>
        FluentActions.Invoking(() => HoconParser.Load([new HoconLayer.Override("a.b=[1")])).Should().Throw<HoconException>()
            .WithMessage("*override 'a.b=[1'*");

    [Fact]
    public void Refuse_a_list_as_root() =>
        FluentActions.Invoking(() => HoconParser.Load([new HoconLayer.Text("t", "[1]")])).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.RootNotObject);

    [Fact]
    public void Require_files_unless_they_are_optional()
    {
        HoconParser.Load([new HoconLayer.File("/nonexistent/x.conf", Optional: true)]).Fields.Should().BeEmpty();
        FluentActions.Invoking(() => HoconParser.Load([new HoconLayer.File("/nonexistent/x.conf")])).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.FileMissing);
    }
}

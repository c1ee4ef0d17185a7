namespace Orchestrator.Hocon.Tests.Parsing;

public class Path_expressions
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a.b", "a|b")]
    [InlineData("\"a.b\"", "a.b")]
    [InlineData(" a b .c ", "a b |c")]
    [InlineData("3.14", "3|14")]
    [InlineData("1.0e3.x", "1|0e3|x")]
    [InlineData("-foo", "-foo")]
    [InlineData("\"\".b.\"\"", "|b|")]
    [InlineData("a\"b.c\"d.e", "ab.cd|e")]
    public void Split_at_dots_outside_quotes(string path, string keys) =>
        HoconPath.Parse(path).Keys.Should().Equal(keys.Split('|'));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a${b}")]
    [InlineData("a:b")]
    [InlineData("a\nb")]
    public void Refuse_empty_keys_and_reserved_characters(string path) =>
        FluentActions.Invoking(() => HoconPath.Parse(path)).Should().Throw<HoconException>();

    [Theory]
    [InlineData("a.b", "a.b")]
    [InlineData("\"a.b\".c", "\"a.b\".c")]
    [InlineData("\"\".x", "\"\".x")]
    [InlineData("a b", "\"a b\"")]
    public void Render_with_the_quotes_they_need(string path, string rendered) =>
        HoconPath.Parse(path).ToString().Should().Be(rendered);
}

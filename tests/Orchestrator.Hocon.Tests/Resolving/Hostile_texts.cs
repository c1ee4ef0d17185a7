using System.Text;

namespace Orchestrator.Hocon.Tests.Resolving;

/// <summary>Texts that would exhaust a parser without limits.</summary>
public class Hostile_texts
{
    [Theory]
    [InlineData("[")]
    [InlineData("{a:")]
    [InlineData("a.")]
    [InlineData("a:[{b.")]
    public void Cannot_nest_too_deep(string opening)
    {
        var text = string.Concat(Enumerable.Repeat(opening, 50_000)) + "a=1";

        Conf.Error(text).Code.Should().BeOneOf(HoconErrorCodes.Limit, HoconErrorCodes.Syntax);
    }

    [Fact]
    public void Cannot_nest_too_deep_by_substitution()
    {
        var text = new StringBuilder("a0 = 1\n");
        for (var i = 1; i < 5_000; i++)
            text.Append($"a{i} {{ x = ${{a{i - 1}}} }}\n");

        Conf.Error(text.ToString()).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Cannot_overflow_the_stack_with_a_chain()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i} = ${{a{i + 1}}}\n")) + "a20000 = 1";

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Cannot_overflow_the_stack_with_a_chain_through_lists()
    {
        var (open, close) = (new string('[', 90), new string(']', 90));
        var text = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"a{i} = {open}${{a{i + 1}}}{close}\n")) + "a2000 = 1";

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Theory]
    [InlineData("a{0} = ${a{1}} { k{0} = 1 }", "{ k = 1 }")]
    [InlineData("a{0} = ${a{1}} [{0}]", "[0]")]
    [InlineData("a{0} = ${a{1}}x{0}", "x")]
    [InlineData("a += {0}", "[]")]
    public void Cannot_copy_a_growing_value_for_ever(string template, string seed)
    {
        // Values are resolved in order of appearance, so that no chain is deep.
        var text = $"a0 = {seed}\n" + string.Concat(Enumerable.Range(1, 20_000).Select(i => template
            .Replace("{0}", $"{i}", StringComparison.Ordinal).Replace("{1}", $"{i - 1}", StringComparison.Ordinal) + "\n"));

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Cannot_copy_a_long_text_for_ever()
    {
        var text = $"a = {new string('x', 500_000)}\n" + string.Concat(Enumerable.Range(1, 5_000).Select(i => $"b{i} = ${{a}}{i}\n"));

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Theory]
    [InlineData("x", "${0}${0}${0}${0}")]
    [InlineData("[1,1,1,1]", "${0}${0}${0}${0}")]
    public void Cannot_double_a_value_for_ever(string seed, string template)
    {
        var text = $"a0 = {seed}\n" + string.Concat(Enumerable.Range(1, 40)
            .Select(i => $"a{i} = {template.Replace("0", $"a{i - 1}", StringComparison.Ordinal)}\n"));

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Cannot_double_lookups_for_ever()
    {
        var text = "a0 { y = 1 }\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i} = ${{a{i - 1}}} ${{a{i - 1}}}\n"))
            + "z = ${?a60.x}";

        Conf.Error(text).Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void May_share_one_value_in_many_places()
    {
        var text = "base { a = 1, b = [1, 2] }\n" + string.Concat(Enumerable.Range(0, 2_000).Select(i => $"m{i} = ${{base}} {{ n = {i} }}\n"));

        Conf.Parse(text).Find("m1999.b").Should().Be(Conf.Json("[1,2]"));
    }
}

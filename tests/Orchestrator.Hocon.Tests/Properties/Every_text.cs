using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.Hocon.Tests.Properties;

public class Every_text
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static readonly string[] Seeds =
    [
        "a = 1, b = ${a}, c = ${?d}x, d = ${c}y, l = [1, {x = 2}] ${?m}, l += 3",
        "base { x = 1, y = ${base.x} }\nderived = ${base} { x = 2 }\nderived.z = ${derived.x}\n# comment\n\"q.r\" = \"\"\"raw\"\"\"",
        "include \"x\"\na.b.c = 10 s\na { b { d = ${a.b.c} } }\npath = \"p\", path = ${path}\":q\"",
        """{"a":{"b":[1,2.5e3,true,null,"\u00e9\n"]},"c":"${x}"}""",
        "a = ${b}, b = ${c}, c = { a = ${?a.c} }, c = null, a = [${b}], b = ${?a}foo${b.c}",
    ];

    [Fact]
    public void That_a_value_renders_to_parses_to_the_same_value() => Prop
        .ForAll(Trees.Roots, value => HoconParser.Parse(HoconRenderer.Render(value)).Equals(value))
        .Check(Many);

    [Fact]
    public void That_a_value_renders_to_as_json_is_json_and_parses_to_the_same_value() => Prop
        .ForAll(Trees.Roots, value =>
        {
            var json = HoconRenderer.Render(value, json: true);
            using var _ = JsonDocument.Parse(json);
            return HoconParser.Parse(json).Equals(value);
        })
        .Check(Many);

    /// <summary>The writer and the reader of .NET are the judges here.</summary>
    [Fact]
    public void Of_json_means_the_same_as_json() => Prop
        .ForAll(Trees.Roots, value =>
        {
            var text = HoconRenderer.Render(value, json: true).Replace("\\ud800", "x", StringComparison.Ordinal); // .NET refuses lone surrogates.
            var node = System.Text.Json.Nodes.JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = true });
            foreach (var indented in (bool[])[false, true])
            {
                var json = node!.ToJsonString(new JsonSerializerOptions { WriteIndented = indented });
                if (!HoconParser.Parse(json).Equals(Conf.Json(json)))
                    return false;
            }
            return true;
        })
        .Check(Many);

    [Fact]
    public void Merges_like_two_layers() => Prop
        .ForAll(Trees.Roots, Trees.Roots, (below, above) =>
        {
            if (below is not HoconObject a || above is not HoconObject b)
                return true;
            var layers = HoconParser.Load([
                new HoconLayer.Text("1", HoconRenderer.Render(a)), new HoconLayer.Text("2", HoconRenderer.Render(b))]);
            return layers.Equals(b.WithFallback(a));
        })
        .Check(Many);

    /// <summary>Bytes are flipped, cut, doubled and swapped in real texts; the seed makes a failure repeatable.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Broken_at_random_fails_with_HoconException_or_not_at_all(int seed)
    {
        var random = new Random(seed);
        var parsed = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = Mutate(Seeds[random.Next(Seeds.Length)], random);
            try
            {
                var value = HoconParser.Parse(text);
                parsed++;
                HoconParser.Parse(HoconRenderer.Render(value)).Equals(value).Should().BeTrue(text);
            }
            catch (HoconException e)
            {
                e.Code.Should().StartWith("ORC12");
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, input {i}: {e.GetType()} for {JsonSerializer.Serialize(text)}\n{e}");
            }
        }
        parsed.Should().BeGreaterThan(100, "otherwise the mutations only test the first error");
    }

    private static string Mutate(string text, Random random)
    {
        const string Interesting = "{}[]:=,+#\"\\$?.\n \t/abc019-e\0\uFEFF\uD800";
        var result = new StringBuilder(text);
        for (var n = random.Next(1, 6); n > 0 && result.Length > 1; n--)
        {
            var at = random.Next(result.Length);
            var length = random.Next(1, Math.Min(12, result.Length - at + 1));
            switch (random.Next(4))
            {
                case 0:
                    result[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 1:
                    result.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    break;
                case 2:
                    result.Remove(at, Math.Min(length, result.Length - at));
                    break;
                default:
                    result.Insert(random.Next(result.Length), result.ToString(at, Math.Min(length, result.Length - at)));
                    break;
            }
        }
        return result.ToString();
    }
}

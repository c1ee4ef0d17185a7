using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon.Tests.Configuration;

public sealed class Provider : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("hocon-provider-");

    private string File => Path.Combine(_root.FullName, "application.conf");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Serves_flat_keys()
    {
        var configuration = Build("a { b = 1, c = [x, {d = true}] }, e = 5 seconds, n = null, l = [], o = {}");

        configuration["a:b"].Should().Be("1");
        configuration["A:C:0"].Should().Be("x");
        configuration["a:c:1:d"].Should().Be("true");
        configuration["e"].Should().Be("5 seconds");
        configuration.GetChildren().Select(c => c.Key).Should().BeEquivalentTo("a", "e", "n", "l", "o");
    }

    [Fact]
    public void Keeps_null_and_the_empty_list_apart()
    {
        var configuration = Build("n = null, l = [], t = \"\"");

        configuration["n"].Should().BeNull();
        configuration["l"].Should().BeEmpty();
        configuration.GetSection("l").Get<string[]>().Should().BeEmpty();
        configuration.GetSection("n").Get<string[]>().Should().BeNull();
    }

    [Fact]
    public void Merges_reference_file_and_overrides_before_it_flattens()
    {
        System.IO.File.WriteAllText(File, "l = [9], dir = ${base}/x");

        var configuration = new ConfigurationBuilder()
            .AddHocon("base = /var, l = [1, 2, 3], port = 1", [File], ["port=2", "base=/srv"]).Build();

        configuration["port"].Should().Be("2");
        configuration["dir"].Should().Be("/srv/x");
        configuration.GetSection("l").GetChildren().Should().ContainSingle("a shorter list replaces the whole longer one");
    }

    [Theory]
    [InlineData("a.b = 1, a.B = 2", "'b' and 'B'")]
    [InlineData("Port = 1, port = 2", "'Port' and 'port'")]
    [InlineData("\"a:b\" = 1", "a:b")]
    [InlineData("x { \"\" = 1 }", "\"\"")]
    [InlineData("\"a\\u0001kind\" = 1", "a\\u0001kind")]
    public void Refuses_keys_that_configuration_cannot_hold(string hocon, string shown)
    {
        var error = FluentActions.Invoking(() => Build(hocon)).Should().Throw<HoconException>().Which;

        error.Code.Should().Be(HoconErrorCodes.BadKey);
        error.Message.Should().Contain(shown).And.Contain("reference.conf:1");
    }

    [Fact]
    public void Refuses_more_keys_than_the_limit()
    {
        var doubling = "a0 { x = 1, y = 1 }\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i} {{ x = ${{a{i - 1}}}, y = ${{a{i - 1}}} }}\n"));

        FluentActions.Invoking(() => Build(doubling)).Should().Throw<HoconException>().Which.Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Refuses_a_key_longer_than_the_limit() =>
        FluentActions.Invoking(() => Build($"a.{new string('k', 2_000)}.b = 1")).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.Limit);

    [Fact]
    public void Tells_where_a_key_was_written()
    {
        System.IO.File.WriteAllText(File, "\na {\n  b = 2\n}");
        var configuration = new ConfigurationBuilder().AddHocon("a { b = 1, c = [1,\n2] }", [File], ["a.d=3"]).Build();
        var provider = configuration.Providers.OfType<HoconConfigurationProvider>().Single();

        provider.TryGetOrigin("a:b", out var origin).Should().BeTrue();
        origin.Should().Be(new HoconOrigin(File, 3, 7));
        provider.TryGetOrigin("A:C:1", out origin).Should().BeTrue();
        origin.ToString().Should().Be("reference.conf:2");
        provider.TryGetOrigin("a:d", out origin).Should().BeTrue();
        origin.File.Should().Be("override 'a.d=3'");
        provider.TryGetOrigin("a:x", out _).Should().BeFalse();
        configuration.GetSection("a").GetOrigin("b").Should().Be(new HoconOrigin(File, 3, 7), "sections know it too");
        configuration.GetSection("a:b").GetOrigin()!.Value.Line.Should().Be(3);
        configuration.GetSection("none").GetOrigin().Should().BeNull();
    }

    [Fact]
    public void Reads_the_environment_only_through_substitutions()
    {
        var configuration = new ConfigurationBuilder().AddHocon(s =>
        {
            s.Reference("a = default, a = ${?HOCON_TEST}, b = ${?HOCON_TEST_NONE}");
            s.Options = Conf.WithEnvironment(("HOCON_TEST", "env"), ("c", "never"));
        }).Build();

        configuration["a"].Should().Be("env");
        configuration["b"].Should().BeNull();
        configuration["c"].Should().BeNull();
        configuration["HOCON_TEST"].Should().BeNull();
    }

    [Fact]
    public void Swaps_on_reload_and_tells_listeners()
    {
        System.IO.File.WriteAllText(File, "a = 1, gone = 1");
        var (configuration, provider) = BuildFile();
        var told = 0;
        configuration.GetReloadToken().RegisterChangeCallback(_ => told++, null);

        System.IO.File.WriteAllText(File, "a = 2");
        provider.TryReload(out var problem).Should().BeTrue();

        problem.Should().BeNull();
        told.Should().Be(1);
        configuration["a"].Should().Be("2");
        configuration["gone"].Should().BeNull();
    }

    [Theory]
    [InlineData("a = [")]
    [InlineData("a = 2, b = ${no}")]
    [InlineData("a = 2, A = 3")]
    public void Keeps_the_old_settings_when_a_reload_fails(string broken)
    {
        System.IO.File.WriteAllText(File, "a = 1");
        var (configuration, provider) = BuildFile();
        var told = 0;
        configuration.GetReloadToken().RegisterChangeCallback(_ => told++, null);

        System.IO.File.WriteAllText(File, broken);
        provider.TryReload(out var problem).Should().BeFalse();
        FluentActions.Invoking(configuration.Reload).Should().Throw<HoconException>();

        problem!.File.Should().Be(File);
        told.Should().Be(0);
        configuration["a"].Should().Be("1");
        provider.TryGetOrigin("a", out _).Should().BeTrue();
    }

    [Fact]
    public void Can_be_set_in_memory_without_touching_what_readers_hold()
    {
        var configuration = Build("a = 1");

        configuration["a"] = "2";

        configuration["a"].Should().Be("2");
    }

    [Fact]
    public void Masks_secrets_in_dumps()
    {
        var root = Conf.Parse("db { password = hunter2, url = \"x:\"${PW}\"@y\" }, token = abc, token-file = /run/t, api-tokens = [t1], n = 1", ("PW", "hunter3"));

        var dump = root.ToString();

        dump.Should().NotContain("hunter").And.NotContain("abc").And.Contain("***").And.Contain("/run/t").And.Contain("n = 1");
    }

    private static IConfigurationRoot Build(string reference) => new ConfigurationBuilder().AddHocon(reference, [], []).Build();

    private (IConfigurationRoot Configuration, HoconConfigurationProvider Provider) BuildFile()
    {
        var configuration = new ConfigurationBuilder().AddHocon(s => s.File(File)).Build();
        return (configuration, configuration.Providers.OfType<HoconConfigurationProvider>().Single());
    }
}

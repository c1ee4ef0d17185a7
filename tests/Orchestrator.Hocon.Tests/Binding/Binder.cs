using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon.Tests.Binding;

public class Binder
{
    [Fact]
    public void Keeps_the_defaults_of_what_is_not_set()
    {
        var options = Bind("s {}");

        options.Should().BeEquivalentTo(new SampleOptions());
        HoconBinder.Bind<SampleOptions>(Build("x = 1"), "s").Name.Should().Be("default", "the section may be absent");
    }

    [Fact]
    public void Reads_every_kind_of_value()
    {
        var options = Bind("""
            s {
              name = x y
              recovery-point-interval = 5s
              cache-size = 64 MiB
              enabled = yes
              max-retries = -5
              small = 255
              ratio = 1.5e-3
              durability = crash-consistent
              endpoint = "https://host:8443/"
              id = 6f9619ff-8b86-d011-b42d-00cf4fc964ff
              address = 10.0.0.1
              timeout = null
              nested { size = 1 KiB }
              optional { weight = 2 }
              hosts = [a, b]
              ports = [1, 2]
              disks = [{ size = 1 GB }, { label = null }]
              machines { web-01 { weight = 3 }, db { } }
              delays { a = 1s }
              renamed = r
            }
            """);

        options.Name.Should().Be("x y");
        options.RecoveryPointInterval.Should().Be(TimeSpan.FromSeconds(5));
        options.CacheSize.Should().Be(ByteSize.FromMebibytes(64));
        options.Enabled.Should().BeTrue();
        options.MaxRetries.Should().Be(-5);
        options.Small.Should().Be(255);
        options.Ratio.Should().Be(0.0015);
        options.Durability.Should().Be(DurabilityMode.CrashConsistent);
        options.Endpoint.Should().Be(new Uri("https://host:8443/"));
        options.Id.Should().Be(Guid.Parse("6f9619ff-8b86-d011-b42d-00cf4fc964ff"));
        options.Address.Should().Be(System.Net.IPAddress.Parse("10.0.0.1"));
        options.Timeout.Should().BeNull();
        options.Nested.Should().BeEquivalentTo(new NestedOptions { Size = ByteSize.FromKibibytes(1) });
        options.Optional!.Weight.Should().Be(2);
        options.Hosts.Should().Equal("a", "b");
        options.Ports.Should().Equal(1, 2);
        options.Disks.Should().HaveCount(2);
        options.Disks[0].Size.Bytes.Should().Be(1_000_000_000);
        options.Disks[1].Label.Should().BeNull();
        options.Machines.Keys.Should().BeEquivalentTo("web-01", "db");
        options.Machines["web-01"].Weight.Should().Be(3);
        options.Delays["a"].Should().Be(TimeSpan.FromSeconds(1));
        options.Original.Should().Be("r");
    }

    [Fact]
    public void Replaces_a_default_list_and_tells_an_empty_one_from_none()
    {
        Bind("s.hosts = [a]").Hosts.Should().Equal("a");
        Bind("s.hosts = []").Hosts.Should().BeEmpty();
        Bind("s {}").Hosts.Should().Equal("localhost");
    }

    [Fact]
    public void Keeps_the_order_of_long_lists() =>
        Bind($"s.ports = [{string.Join(",", Enumerable.Range(0, 25))}]").Ports.Should().Equal(Enumerable.Range(0, 25));

    [Fact]
    public void Reads_an_object_with_numbers_as_a_list_with_gaps_closed() =>
        Bind("s.ports { 10 = 3, 0 = 1, 2 = 2 }").Ports.Should().Equal(1, 2, 3);

    [Fact]
    public void Lets_an_appended_list_grow() =>
        Bind("s.ports = [1], s.ports += 2").Ports.Should().Equal(1, 2);

    [Fact]
    public void Refuses_an_unknown_key_and_names_the_likely_one()
    {
        var error = Error("s {\n  name = x\n  recovery-point-intervall = 5s\n}");

        error.Code.Should().Be("ORC1203");
        (error.File, error.Line).Should().Be(("reference.conf", 3));
        error.Message.Should().Contain("unknown key 's.recovery-point-intervall'").And.Contain("known keys here: address, api-token,")
            .And.Contain("Did you mean 'recovery-point-interval'?");
    }

    [Theory]
    [InlineData("s.nested.colour = red", "s.nested.colour")]
    [InlineData("s.disks = [{ sise = 1 }]", "s.disks.0.sise")]
    [InlineData("s.machines.web.wait = 1", "s.machines.web.wait")]
    [InlineData("s.count = 1", "s.count")]
    [InlineData("s.computed = 1", "s.computed")]
    [InlineData("s.original = 1", "s.original")]
    [InlineData("s.recoveryPointInterval = 1s", "s.recoveryPointInterval")]
    [InlineData("s.ports { x = 1 }", "s.ports.x")]
    public void Refuses_unknown_keys_at_any_depth(string hocon, string shown)
    {
        var error = Error(hocon);

        error.Code.Should().Be(HoconErrorCodes.UnknownKey);
        error.Message.Should().Contain($"'{shown}'");
    }

    [Theory]
    [InlineData("s.recovery-point-interval = 5 parsecs", "a duration")]
    [InlineData("s.cache-size = 64 MOB", "a size")]
    [InlineData("s.enabled = maybe", "true or false")]
    [InlineData("s.max-retries = 1.5", "a whole number")]
    [InlineData("s.max-retries = 3000000000", "from -2147483648 to 2147483647")]
    [InlineData("s.small = 256", "from 0 to 255")]
    [InlineData("s.ratio = NaN", "a number")]
    [InlineData("s.durability = crash", "none, crash-consistent, http-based")]
    [InlineData("s.durability = 1", "one of")]
    [InlineData("s.endpoint = /relative", "absolute URI")]
    [InlineData("s.id = x", "a valid guid")]
    [InlineData("s.address = 10.0.0.256", "a valid ip address")]
    [InlineData("s.name = [a]", "one value")]
    [InlineData("s.name = []", "one value")]
    [InlineData("s.name { a = 1 }", "one value")]
    [InlineData("s.name = {}", "one value")]
    [InlineData("s.hosts = a", "[a, b]")]
    [InlineData("s.ports = [1, x]", "a whole number")]
    [InlineData("s.nested = a", "{ key = value }")]
    [InlineData("s.nested = [1]", "{ key = value }")]
    [InlineData("s.machines = [{}]", "{ key = value }")]
    [InlineData("s.machines = []", "{ key = value }")]
    [InlineData("s.name = null", "Give it a value")]
    [InlineData("s.max-retries = null", "Give it a value")]
    [InlineData("s.ports = [null]", "Give it a value")]
    [InlineData("s.delays.a = never", "a duration")]
    public void Refuses_values_that_do_not_fit_and_says_what_does(string hocon, string advice)
    {
        var error = Error(hocon);

        error.Code.Should().Be(HoconErrorCodes.BadValue);
        error.Line.Should().Be(1);
        error.Message.Should().Contain(advice);
    }

    [Theory]
    [InlineData("s = 5")]
    [InlineData("s = [1]")]
    [InlineData("s = null")]
    public void Refuses_a_section_that_is_none(string hocon) => Error(hocon).Code.Should().Be(HoconErrorCodes.BadValue);

    [Fact]
    public void Collects_all_problems()
    {
        var error = Error("s {\n max-retries = x\n nested.size = y\n unknown = 1\n disks = [{size = z}]\n}");

        error.Problems.Select(p => (p.Code, p.Origin.Line)).Should().BeEquivalentTo(new[]
        {
            (HoconErrorCodes.BadValue, 2), (HoconErrorCodes.BadValue, 3), (HoconErrorCodes.UnknownKey, 4), (HoconErrorCodes.BadValue, 5),
        });
        error.Message.Split('\n').Should().HaveCount(4);
    }

    [Fact]
    public void Requires_required_properties()
    {
        HoconBinder.Bind<StrictOptions>(Build("s { host = h, port = 1 }"), "s").Port.Should().Be(1);
        var error = FluentActions.Invoking(() => HoconBinder.Bind<StrictOptions>(Build("s {}"), "s")).Should().Throw<HoconException>().Which;

        error.Problems.Select(p => p.Code).Should().Equal(HoconErrorCodes.MissingKey, HoconErrorCodes.MissingKey);
        error.Message.Should().Contain("'s.host'").And.Contain("'s.port'").And.Contain("reference.conf:1");
    }

    [Fact]
    public void Does_not_show_secrets_in_errors()
    {
        var configuration = new ConfigurationBuilder().AddHocon(s =>
        {
            s.Reference("s.max-retries = ${?SECRET}");
            s.Options = Conf.WithEnvironment(("SECRET", "hunter2"));
        }).Build();

        FluentActions.Invoking(() => HoconBinder.Bind<SampleOptions>(configuration, "s")).Should().Throw<HoconException>()
            .Which.Message.Should().NotContain("hunter2").And.Contain("***");
    }

    [Fact]
    public void Binds_other_sources_too()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["s:hosts:0"] = "a",
            ["s:recovery-point-interval"] = "2s",
            ["s:nested:size"] = "1K",
        }).Build();

        var options = HoconBinder.Bind<SampleOptions>(configuration.GetSection("s"));

        options.Hosts.Should().Equal("a");
        options.RecoveryPointInterval.Should().Be(TimeSpan.FromSeconds(2));
        options.Nested.Size.Bytes.Should().Be(1024);
    }

    [Fact]
    public void Lists_the_keys_of_a_class() => HoconBinder.Keys<SampleOptions>("s").Should().Equal(
        "s.name", "s.recovery-point-interval", "s.cache-size", "s.enabled", "s.max-retries", "s.small", "s.ratio", "s.durability",
        "s.endpoint", "s.id", "s.address", "s.timeout", "s.nested.size", "s.nested.label", "s.nested.weight", "s.optional.size",
        "s.optional.label", "s.optional.weight", "s.hosts", "s.ports", "s.disks[].size", "s.disks[].label", "s.disks[].weight",
        "s.machines.*.size", "s.machines.*.label", "s.machines.*.weight", "s.delays.*", "s.renamed", "s.api-token");

    [Fact]
    public void Tells_which_keys_a_reference_lacks()
    {
        HoconBinder.MissingKeys<NestedOptions>(Build("s { size = 1, label = null }"), "s").Should().Equal("s.weight");
        HoconBinder.MissingKeys<SampleOptions>(Build("s { disks = [], machines {} }"), "s")
            .Should().Contain(["s.delays", "s.name"]).And.NotContain(["s.disks", "s.machines"]);
    }

    [Fact]
    public void Refuses_an_options_class_it_cannot_fill() =>
        FluentActions.Invoking(() => HoconBinder.Keys<Unbindable>()).Should().Throw<InvalidOperationException>();

    [Fact]
    public void Writes_names_in_kebab_case() =>
        HoconBinder.Keys<Names>().Should().Equal("recovery-point-interval", "http-port", "use-tls", "sha256-key", "port");

    private static IConfigurationRoot Build(string reference) => new ConfigurationBuilder().AddHocon(reference, [], []).Build();

    private static SampleOptions Bind(string hocon) => HoconBinder.Bind<SampleOptions>(Build(hocon), "s");

    private static HoconException Error(string hocon) =>
        FluentActions.Invoking(() => Bind(hocon)).Should().Throw<HoconException>(hocon).Which;

    private sealed class Names
    {
        public int RecoveryPointInterval { get; set; }

        public int HTTPPort { get; set; }

        public int UseTLS { get; set; }

        public int Sha256Key { get; set; }

        public int Port { get; set; }
    }

    private sealed class Unbindable
    {
        public Stream? Output { get; set; }
    }
}

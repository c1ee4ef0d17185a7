using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon;
using Orchestrator.Hosting.Configuration;

namespace Orchestrator.Hosting.Tests.Configuration;

public sealed class The_reference_configuration
{
    [Fact]
    public void Has_every_key_the_options_read() =>
        HoconBinder.MissingKeys<OrchestratorOptions>(Reference, NodeConfiguration.Section).Should().BeEmpty();

    [Fact]
    public void Has_no_key_the_options_do_not_read()
    {
        var keys = HoconBinder.Keys<OrchestratorOptions>(NodeConfiguration.Section);
        var written = Reference.AsEnumerable().Where(pair => pair.Value is not null && !pair.Key.EndsWith(":sites", StringComparison.Ordinal) && !pair.Key.EndsWith(":publish", StringComparison.Ordinal))
            .Select(pair => pair.Key.Replace(':', '.')).Where(key => !key.StartsWith("orchestrator.sites", StringComparison.Ordinal));

        written.Should().BeSubsetOf(keys).And.HaveCountGreaterThan(15);
    }

    [Fact]
    public void Holds_the_defaults_of_the_options() =>
        JsonSerializer.Serialize(NodeConfiguration.Load([], [])).Should().Be(JsonSerializer.Serialize(new OrchestratorOptions()));

    private static IConfigurationRoot Reference => new ConfigurationBuilder().AddHocon(NodeConfiguration.Reference, [], []).Build();
}

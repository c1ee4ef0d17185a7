using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon;
using Orchestrator.Hosting.Configuration;

namespace Orchestrator.Hosting.Tests;

public sealed class Reference_configuration
{
    [Fact]
    public void Holds_every_key_of_the_options()
    {
        var configuration = new ConfigurationBuilder().AddHocon(NodeConfiguration.Reference, [], []).Build();
        HoconBinder.MissingKeys<OrchestratorOptions>(configuration.GetSection(NodeConfiguration.Section)).Where(key => !key.StartsWith("sites", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    [Fact]
    public void Has_the_defaults_of_the_options() =>
        JsonSerializer.Serialize(NodeConfiguration.Load([], [])).Should().Be(JsonSerializer.Serialize(new OrchestratorOptions()));

    [Theory]
    [InlineData("orchestrator.node.listenn=127.0.0.1:1", "listenn", "listen")]
    [InlineData("orchestrator.replication.conections=2", "conections", "connections")]
    public void Names_an_unknown_key_and_the_one_that_was_meant(string setting, string wrong, string meant)
    {
        var act = () => NodeConfiguration.Load([], [setting]);
        act.Should().Throw<HoconException>().Which.Message.Should().Contain(wrong).And.Contain(meant);
    }

    [Theory]
    [InlineData("orchestrator.node.listen=nowhere", "node.listen")]
    [InlineData("orchestrator.replication.connections=9", "replication.connections")]
    [InlineData("orchestrator.replication.recovery-point-interval=1s", "recovery-point-interval")]
    [InlineData("orchestrator.sites.here.kind=cloud", "sites.here.kind")]
    [InlineData("orchestrator.sites.here.kind=folder", "sites.here")]
    public void Refuses_a_value_that_cannot_be_and_says_which(string setting, string key)
    {
        var act = () => NodeConfiguration.Load([], [setting]);
        var error = act.Should().Throw<HoconException>().Which;
        error.Code.Should().Be("ORC1301");
        error.Message.Should().Contain(key);
    }
}

namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class The_demo_and_the_sample
{
    [Fact]
    public async Task Demo_tells_its_options()
    {
        var ended = await Programs.RunAsync(Programs.Dotnet, Programs.Orchestrator, "demo", "--help");
        ended.Code.Should().Be(0, ended.All);
        ended.Out.Should().Contain("--disk").And.Contain("--json").And.Contain("--directory");
    }

    [Fact]
    public async Task Demo_refuses_a_disk_that_is_not_there()
    {
        var ended = await Programs.RunAsync(Programs.Dotnet, Programs.Orchestrator, "demo", "--disk", "/nowhere/disk.img");
        ended.Code.Should().Be(2, ended.All);
        ended.Error.Should().StartWith("ORC1113");
    }
}

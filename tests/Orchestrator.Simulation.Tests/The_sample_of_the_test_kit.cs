namespace Orchestrator.Simulation.Tests;

public sealed class The_sample_of_the_test_kit
{
    [Fact]
    public async Task Runs_its_scenarios_and_says_so()
    {
        var (exitCode, output) = await OtherProcess.RunAsync("TestKitScenarios.dll");

        exitCode.Should().Be(0, output);
        output.Should().Contain("all scenarios hold");
    }
}

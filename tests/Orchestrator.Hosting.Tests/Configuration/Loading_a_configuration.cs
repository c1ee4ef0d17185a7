using Orchestrator.Hocon;
using Orchestrator.Hosting.Configuration;

namespace Orchestrator.Hosting.Tests.Configuration;

public sealed class Loading_a_configuration
{
    [Fact]
    public void Lays_a_file_over_the_defaults_and_settings_over_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.conf", """
            orchestrator.journal.shards = 4
            orchestrator.node.listen = "0.0.0.0:1"
            orchestrator.sites.berlin.directory = "/srv/berlin"
            """);

        var options = NodeConfiguration.Load([file], ["orchestrator.node.listen=\"127.0.0.1:2\""]);

        (options.Journal.Shards, options.Node.Listen, options.Replication.Connections).Should().Be((4, "127.0.0.1:2", 2));
        options.Sites.Should().ContainKey("berlin").WhoseValue.Directory.Should().Be("/srv/berlin");
    }

    [Fact]
    public void Names_a_wrong_key_with_its_line_and_the_key_that_was_meant()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.conf", "orchestrator {\n  journal {\n    shard = 4\n  }\n}\n");

        var problem = ProblemsOf(() => NodeConfiguration.Load([file], [])).Should().ContainSingle().Which;

        (problem.Code, problem.Origin.File, problem.Origin.Line).Should().Be((HoconErrorCodes.UnknownKey, file, 3));
        $"{problem.What} {problem.Advice}".Should().Contain("shard").And.Contain("shards");
    }

    [Theory]
    [InlineData("node.listen = nowhere", "node.listen")]
    [InlineData("journal.shards = 0", "journal.shards")]
    [InlineData("replication.connections = 9", "replication.connections")]
    [InlineData("replication.recovery-point-interval = 1s", "replication.recovery-point-interval")]
    [InlineData("replication.recovery-point-interval = 2h", "replication.recovery-point-interval")]
    [InlineData("replication.change-log-limit = 33 MiB", "replication.change-log-limit")]
    [InlineData("sites.berlin { kind = tape, directory = /x }", "sites.berlin.kind")]
    [InlineData("sites.berlin { directory = /x, address = \"https://b:1\" }", "sites.berlin")]
    [InlineData("sites.berlin { kind = folder }", "sites.berlin")]
    [InlineData("sites.Berlin_1 { directory = /x }", "sites.Berlin_1")]
    [InlineData("sites.berlin { address = nowhere }", "sites.berlin.address")]
    [InlineData("replication.retention-points = 0", "replication.retention-points")]
    public void Refuses_what_no_node_can_run_with(string line, string key)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.conf", $"orchestrator {{\n  {line}\n}}\n");

        var problem = ProblemsOf(() => NodeConfiguration.Load([file], [])).Should().ContainSingle().Which;

        (problem.Code, problem.Origin.File, problem.Origin.Line).Should().Be(("ORC1301", file, 2));
        problem.What.Should().StartWith(key + ":");
        problem.Advice.Should().NotBeEmpty();
    }

    [Fact]
    public void Tells_every_problem_at_once()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.conf", "orchestrator.journal.shards = 0\norchestrator.node.listen = x\n");

        ProblemsOf(() => NodeConfiguration.Load([file], [])).Should().HaveCount(2);
    }

    private static IReadOnlyList<HoconProblem> ProblemsOf(Action load) => load.Should().Throw<HoconException>().Which.Problems;
}

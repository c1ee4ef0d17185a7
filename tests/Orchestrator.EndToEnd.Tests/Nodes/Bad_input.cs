using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Contracts;

namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class Bad_input
{
    [Fact]
    public async Task Is_refused_with_a_code_and_advice_and_changes_nothing()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        var small = lab.PathOf("small.img");
        await File.WriteAllBytesAsync(small, new byte[100]);
        await node.StopAsync(); // So that no recovery point is recorded while events are counted.
        File.Move(node.Config, node.Config + ".whole");
        await File.WriteAllTextAsync(node.Config, (await File.ReadAllTextAsync(node.Config + ".whole"))
            .Replace("interval = 5s", "interval = 1h", StringComparison.Ordinal));
        await node.StartAsync();
        await RefusalsAsync(lab, node, small);
    }

    private static async Task RefusalsAsync(Lab lab, Node node, string small)
    {
        var before = await OperatorEventsAsync(node);
        (await node.RefusedAsync(4, "protect", "other", "--disk", lab.PathOf("none.img"))).Should().Match<ErrorView>(
            error => error.Code == "ORC2001" && error.Message.Contains("none.img"));
        (await node.RefusedAsync(4, "protect", "other", "--disk", small)).Code.Should().Be("ORC2002");
        (await node.RefusedAsync(4, "protect", "Not A Name", "--disk", lab.Disk)).Code.Should().Be("ORC5003");
        (await node.RefusedAsync(4, "protect", "other", "--disk", lab.Disk, "--recovery", "moon")).Message.Should().Contain("primary, recovery");
        (await node.RefusedAsync(4, "protect", Lab.Machine, "--disk", lab.Disk)).Code.Should().Be("ORC5002");
        (await node.RefusedAsync(4, "status", "nobody")).Should().Match<ErrorView>(
            error => error.Code == "ORC5205" && error.Advice!.Contains(Lab.Machine));
        (await node.RefusedAsync(4, "commit", "nobody")).Code.Should().Be("ORC5205");
        (await node.RefusedAsync(4, "commit", Lab.Machine)).Should().Match<ErrorView>(
            error => error.Code == "ORC5011" && error.Allowed.Contains("planned-failover") && !error.Allowed.Contains("commit"));
        (await node.RefusedAsync(4, "failover", Lab.Machine, "--kind", "test", "--point", Guid.Empty.ToString())).Code.Should().Be("ORC5008");
        (await node.RefusedAsync(4, "jobs", Guid.Empty.ToString())).Code.Should().Be("ORC5206");
        (await node.VerbAsync("failover", Lab.Machine, "--kind", "sideways")).Code.Should().NotBe(0);
        (await OperatorEventsAsync(node)).Should().Equal(before, "a refused request leaves nothing in the journal");
        (await node.GetAsync<NodeStatus>(Routes.Status)).Machines.Should().ContainSingle();
    }

    /// <summary>Everything but what replication reports by itself.</summary>
    private static async Task<IReadOnlyList<long>> OperatorEventsAsync(Node node)
    {
        var entries = await node.GetAsync<List<JournalEntryView>>($"{Routes.Journal}?machine={Lab.Machine}");
        return [.. entries.Where(entry => !entry.Type.Contains("point", StringComparison.Ordinal)).Select(entry => entry.Sequence)];
    }

    [Fact]
    public async Task In_the_configuration_is_named_with_file_line_and_the_key_that_was_meant()
    {
        await using var lab = new Lab();
        var node = lab.NewNode(more: "replication { recovery-point-intervall = 5s }");
        var ended = await Programs.RunAsync(Programs.Dotnet, Programs.Orchestrator, "up", "--config", node.Config);
        ended.Code.Should().Be(2, ended.All);
        var line = 1 + Array.FindIndex(await File.ReadAllLinesAsync(node.Config), text => text.Contains("intervall", StringComparison.Ordinal));
        ended.Error.Should().Contain($"{node.Config}:{line}").And.Contain("ORC1203").And.MatchRegex("recovery-point-interval\\b");
        Directory.Exists(lab.PathOf("node")).Should().BeFalse("nothing is begun with a wrong configuration");
    }

    [Fact]
    public async Task That_names_a_node_which_does_not_listen_ends_with_3()
    {
        await using var lab = new Lab();
        var node = lab.NewNode();
        var error = await node.RefusedAsync(3, "status");
        error.Code.Should().Be("ORC1101");
        error.Advice.Should().Contain("orchestrator up");
    }

    [Fact]
    public async Task Such_as_a_taken_port_keeps_the_node_from_starting()
    {
        await using var lab = new Lab();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var node = lab.NewNode(listen: $"127.0.0.1:{port}");
        var ended = await Programs.RunAsync(Programs.Dotnet, Programs.Orchestrator, "up", "--config", node.Config);
        ended.Code.Should().Be(1, ended.All);
        ended.Error.Should().StartWith("ORC2020").And.Contain(port);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Such_as_a_second_node_on_the_same_folders_is_refused_and_leaves_the_first_alone(bool isProtected)
    {
        await using var lab = new Lab();
        var node = lab.NewNode();
        await node.StartAsync();
        if (isProtected) await lab.ProtectAsync(node);
        var second = lab.NewNode("second"); // Its own journal and socket, but the same site folders.
        var ended = await Programs.RunAsync(Programs.Dotnet, Programs.Orchestrator, "up", "--config", second.Config);
        ended.Code.Should().Be(1, ended.All);
        ended.Error.Should().StartWith("ORC");
        if (!isProtected) await lab.ProtectAsync(node);
        await lab.WriteAsync(node, 0xE1, 5);
        await lab.UntilPointAsync(node, "the first node after the second was refused");
    }
}

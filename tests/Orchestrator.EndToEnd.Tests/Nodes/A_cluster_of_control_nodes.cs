using System.Globalization;
using Orchestrator.Contracts;
using Orchestrator.Tests.Shared;

namespace Orchestrator.EndToEnd.Tests.Nodes;

/// <summary>Control nodes that share a journal in PostgreSQL, and a node that has the sites.</summary>
public sealed class A_cluster_of_control_nodes
{
    [Fact]
    public async Task Goes_on_with_a_machine_when_the_node_that_serves_it_is_killed()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var lab = new Lab();
        var port = Lab.FreePort();
        var sites = lab.NewNodeWith("sites", $"127.0.0.1:{port}", "node.control = false", $$"""
            primary { directory = "{{lab.PathOf("primary")}}" }
            recovery { directory = "{{lab.PathOf("recovery")}}" }
            """);
        await sites.StartAsync();
        Node[] nodes = [Control(lab, "n1", port, database), Control(lab, "n2", port, database)];
        foreach (var node in nodes) await node.StartAsync();
        await lab.ProtectAsync(nodes[1]);
        await lab.WriteAsync(nodes[0], 0x21, 1, 2, 3);
        await lab.UntilPointAsync(nodes[0], "a point, seen from either node");

        var serving = await OwnerAsync(database) == "n1" ? 0 : 1;
        await nodes[serving].KillAsync();
        var other = nodes[1 - serving];
        await other.UntilAsync(Lab.Machine, "takeover", "the other node serves it and it replicates",
            s => s is { State: "Protected", Health: "Normal", Replication.Phase: "Delta" });
        var job = await other.OperateAsync("failover", Lab.Machine, "--kind", "planned");

        job.Tasks.Should().Contain(task => task.Name == "VerifyReplica" && task.State == "Succeeded");
        await lab.ShouldBeEqualAsync(other, "after the takeover");
        await nodes[serving].StartAsync();
        (await nodes[serving].OperateAsync("commit", Lab.Machine)).Kind.Should().Be("commit");
        (await nodes[serving].DoAsync<JournalVerification>("journal", "verify")).Damage.Should().BeNull();
    }

    [Fact]
    public async Task Refuses_what_it_cannot_be_part_of_in_words()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var lab = new Lab();
        var first = Control(lab, "n1", Lab.FreePort(), database);
        await first.StartAsync();

        (await RefusalAsync(lab, "twin", database, "n1")).Should().Contain("ORC4541").And.Contain("Give this node a name of its own");
        (await RefusalAsync(lab, "n2", database, "n2", "journal.shards = 8")).Should().Contain("Set the shard count back to 256");
        (await RefusalAsync(lab, "n3", database, "n3", "journal.connection-string = \"Host=127.0.0.1;Port=1;Database=none;Username=u;Password=hidden\""))
            .Should().Contain("ORC4014").And.NotContain("hidden");
        (await RefusalAsync(lab, "n4", database, "", "cluster.listen = nowhere")).Should().Contain("cluster.name").And.Contain("cluster.listen");
        (await RefusalAsync(lab, "n5", database, "n5", "journal.provider = sqlite")).Should().Contain("cannot share a SQLite file");
    }

    private static Node Control(Lab lab, string name, int sitesPort, PostgresDatabase database, string more = "", string? clusterName = null) =>
        lab.NewNodeWith(name, "127.0.0.1:0", string.Create(CultureInfo.InvariantCulture, $$"""
            journal { provider = postgresql, connection-string = "{{database.ConnectionString}}", shards = 256 }
            cluster { enabled = true, name = "{{clusterName ?? name}}", zone = east, listen = "127.0.0.1:0", lease = 6s, grace = 1s }
            {{more}}
            """), string.Create(CultureInfo.InvariantCulture, $$"""
            primary { address = "https://127.0.0.1:{{sitesPort}}" }
            recovery { address = "https://127.0.0.1:{{sitesPort}}" }
            """));

    /// <summary>What a node says that does not start.</summary>
    private static async Task<string> RefusalAsync(Lab lab, string name, PostgresDatabase database, string clusterName, string more = "")
    {
        var node = Control(lab, name, Lab.FreePort(), database, more, clusterName);
        var ended = await Programs.RunAsync(Programs.Dotnet, [Programs.Orchestrator, "up", "--config", node.Config]);
        ended.Code.Should().NotBe(0, ended.All);
        return ended.All;
    }

    private static Task<string> OwnerAsync(PostgresDatabase database) => database.ScalarAsync<string>($"""
        SELECT n.name FROM orchestrator.node n JOIN orchestrator.shard s ON s.owner = n.node_id
        JOIN orchestrator.entity e ON e.shard_id = s.shard_id WHERE e.name = '{Lab.Machine}'
        """);
}

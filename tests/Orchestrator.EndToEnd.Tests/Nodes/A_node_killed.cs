namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class A_node_killed
{
    [Fact]
    public async Task During_initial_replication_finishes_the_copy_after_the_restart()
    {
        await using var lab = new Lab();
        var node = lab.NewNode(more: "replication.bandwidth-limit = 8 MiB");
        await node.StartAsync();
        await node.OperateAsync("protect", Lab.Machine, "--disk", lab.Disk);
        await node.UntilAsync(Lab.Machine, "initial replication", "half a copy", s => s.Replication is { BytesDone: > 0 } r && r.BytesDone < r.BytesTotal);
        (await node.StatusAsync(Lab.Machine)).State.Should().Be("InitialReplication", "the kill is to come in the middle");
        await KillAsync(node);
        await lab.WriteAsync(node, 0xD0, 1, 900);
        await node.UntilAsync(Lab.Machine, "the copy after the kill", "Protected with a point", s => s is { State: "Protected", PointCount: > 0 });
        await ShouldFailOverEqualAsync(lab, node, "after a kill in the initial replication");
    }

    [Fact]
    public async Task During_deltas_a_planned_failover_and_its_commit_finishes_each_by_itself()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        await lab.WriteAsync(node, 0xD1, [.. Enumerable.Range(100, 200)]);
        await KillAsync(node);
        await lab.WriteAsync(node, 0xD2, 90, 150);
        await lab.UntilPointAsync(node, "deltas after the kill");
        (await node.StatusAsync(Lab.Machine)).Replication!.RawBytes.Should().BeLessThan(Lab.DiskBytes / 2, "no full copy");

        await lab.WriteAsync(node, 0xD3, [.. Enumerable.Range(300, 100)]);
        await RunThroughKillAsync(node, "FailedOver", "failover", Lab.Machine, "--kind", "planned", "--no-wait");
        await lab.ShouldBeEqualAsync(node, "the planned failover that was killed");
        await RunThroughKillAsync(node, "Committed", "commit", Lab.Machine, "--no-wait");
        await lab.WriteAsync(node, 0xD4, 91);
        await RunThroughKillAsync(node, "Protected", "reverse", Lab.Machine, "--no-wait");
        await ShouldFailOverEqualAsync(lab, node, "failback after all the kills");
        (await node.DoAsync<Contracts.JournalVerification>("journal", "verify")).Verified.Should().BeTrue();
    }

    private static async Task RunThroughKillAsync(Node node, string state, params string[] verb)
    {
        var accepted = await node.VerbAsync([.. verb, "--json"]);
        accepted.Code.Should().Be(0, accepted.All);
        await KillAsync(node);
        await node.UntilAsync(Lab.Machine, $"{verb[0]} after the kill", state, s => s.State == state);
    }

    private static async Task KillAsync(Node node)
    {
        await node.KillAsync();
        await node.StartAsync();
        await node.UntilAsync(Lab.Machine, "restart", "the machine is known", s => s.Disks.Count == 1);
    }

    private static async Task ShouldFailOverEqualAsync(Lab lab, Node node, string phase)
    {
        await lab.UntilPointAsync(node, phase);
        await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        await lab.ShouldBeEqualAsync(node, phase);
    }
}

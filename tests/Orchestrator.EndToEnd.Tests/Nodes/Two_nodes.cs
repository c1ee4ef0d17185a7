namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class Two_nodes
{
    [Fact]
    public async Task Replicate_over_the_network_through_a_kill_of_the_receiver_and_fail_over()
    {
        await using var lab = new Lab();
        var (a, b) = Pair(lab);
        await b.StartAsync();
        await a.StartAsync();
        await lab.ProtectAsync(a);
        await lab.WriteAsync(a, 0xC1, 30, 31);
        await lab.UntilPointAsync(a, "writes before the kill");
        var before = (await a.StatusAsync(Lab.Machine)).Replication!.RawBytes;

        var writing = lab.WriteAsync(a, 0xC2, [.. Enumerable.Range(40, 160)]);
        await b.KillAsync();
        await writing;
        await a.UntilAsync(Lab.Machine, "the receiver is dead", "health that says so", s => s.Health != "Normal");
        await lab.WriteAsync(a, 0xC3, 32);
        await b.StartAsync();
        await a.VerbAsync("resume", Lab.Machine); // Refused when replication went on by itself before.
        await lab.UntilPointAsync(a, "the receiver is back");
        var after = (await a.StatusAsync(Lab.Machine)).Replication!.RawBytes;
        (after - before).Should().BeLessThan(Lab.DiskBytes / 2, "only the changes travel again");

        await a.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        await lab.ShouldBeEqualAsync(a, "failover to the other node");
        await a.OperateAsync("commit", Lab.Machine);
        await lab.WriteAsync(a, 0xC4, 33);
        await a.OperateAsync("reverse", Lab.Machine);
        await a.UntilAsync(Lab.Machine, "reverse", "Protected at B", s => s is { State: "Protected", ActiveSite: "recovery", PointCount: > 0 });
        await a.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        await lab.ShouldBeEqualAsync(a, "failback to the first node");
    }

    /// <summary>A has the control role and the primary site, B the recovery site; they share nothing but the certificates' folder.</summary>
    private static (Node A, Node B) Pair(Lab lab)
    {
        var (portA, portB) = (Lab.FreePort(), Lab.FreePort());
        var a = lab.NewNodeWith("a", $"127.0.0.1:{portA}", "", $$"""
            primary { directory = "{{lab.PathOf("primary")}}" }
            recovery { address = "https://127.0.0.1:{{portB}}" }
            """);
        var b = lab.NewNodeWith("b", $"127.0.0.1:{portB}", "node.control = false", $$"""recovery { directory = "{{lab.PathOf("recovery")}}" }""");
        return (a, b);
    }
}

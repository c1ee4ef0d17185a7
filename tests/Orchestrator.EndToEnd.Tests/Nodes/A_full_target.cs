namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class A_full_target
{
    [Fact]
    public async Task Pauses_replication_with_a_code_while_the_machine_writes_on_and_continues_without_a_resync()
    {
        await using var lab = new Lab();
        var small = lab.PathOf("small");
        Directory.CreateDirectory(small);
        await Programs.SucceedAsync("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", small);
        try
        {
            await RunAsync(lab, small);
        }
        finally
        {
            await Programs.SucceedAsync("umount", "-l", small);
        }
    }

    private static async Task RunAsync(Lab lab, string small)
    {
        var node = await lab.ProtectedAsync(recovery: Path.Combine(small, "recovery"));
        var ballast = Path.Combine(small, "ballast");
        await Programs.RunAsync("dd", "if=/dev/zero", $"of={ballast}", "bs=64k", "count=8192"); // Ends when the device is full.
        await lab.WriteAsync(node, 0x71, [.. Enumerable.Range(400, 150)]);
        var full = await node.UntilAsync(Lab.Machine, "a full target", "a coded warning", s => s.Health != "Normal");
        full.State.Should().Be("Protected");
        (full.Replication?.Error?.Code ?? full.HealthReasons[0].Message).Should().Contain("ORC2006");
        await lab.WriteAsync(node, 0x72, 399, 560);

        File.Delete(ballast);
        await node.VerbAsync("resume", Lab.Machine); // Refused when replication went on by itself before.
        await lab.UntilPointAsync(node, "there is space again");
        var entries = await node.DoAsync<List<Contracts.JournalEntryView>>("journal", "show", Lab.Machine);
        entries.Should().NotContain(entry => entry.Type.Contains("resync"), "a pause loses nothing");
        await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        await lab.ShouldBeEqualAsync(node, "after the target was full");
        await node.StopAsync();
    }
}

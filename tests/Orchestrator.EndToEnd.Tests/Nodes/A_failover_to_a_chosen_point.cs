namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class A_failover_to_a_chosen_point
{
    [Fact]
    public async Task Serves_exactly_that_point_and_another_one_after_a_change_until_commit()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        await lab.WriteAsync(node, 0xA1, 10, 600);
        var first = await lab.UntilPointAsync(node, "first writes");
        var atFirst = lab.Guest.Content.ToArray();
        await lab.WriteAsync(node, 0xA2, 10, 11);
        var second = await lab.UntilPointAsync(node, "second writes");
        var atSecond = lab.Guest.Content.ToArray();
        await lab.WriteAsync(node, 0xA3, 10, 11, 12);
        await lab.UntilPointAsync(node, "third writes");

        await node.OperateAsync("failover", Lab.Machine, "--kind", "unplanned", "--point", first.Id.ToString());
        await ShouldServeAsync(lab, node, atFirst, "the older point");
        await node.OperateAsync("change-point", Lab.Machine, "--point", second.Id.ToString());
        await ShouldServeAsync(lab, node, atSecond, "the changed point");
        await node.OperateAsync("commit", Lab.Machine);
        await ShouldServeAsync(lab, node, atSecond, "after commit");
        var refusal = await node.RefusedAsync(4, "change-point", Lab.Machine, "--point", first.Id.ToString());
        refusal.Allowed.Should().Contain("reverse");
    }

    [Fact]
    public async Task Is_undone_by_cancel_and_the_source_goes_on_and_replicates()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        await lab.WriteAsync(node, 0xB1, 20);
        await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        var failedOver = await node.StatusAsync(Lab.Machine);
        await Guest.TryWriteAsync(failedOver.Disks[0].Uri!, 0xEE, 21); // Undone with the failover, so it is not remembered.
        await node.OperateAsync("cancel", Lab.Machine);
        await node.UntilAsync(Lab.Machine, "cancel", "Protected at primary", s => s is { State: "Protected", ActiveSite: "primary" });
        await lab.WriteAsync(node, 0xB2, 22);
        var point = await lab.UntilPointAsync(node, "replication after the cancel");
        await node.OperateAsync("failover", Lab.Machine, "--kind", "test", "--point", point.Id.ToString());
        var status = await node.StatusAsync(Lab.Machine);
        lab.Guest.ShouldBe(await lab.CopyAsync(status.Disks[0].TestUri), "the point after the cancel");
        status.Replication!.RawBytes.Should().BeLessThan(Lab.DiskBytes * 2, "a cancel needs no second copy");
    }

    private static async Task ShouldServeAsync(Lab lab, Node node, byte[] content, string phase)
    {
        var status = await node.StatusAsync(Lab.Machine);
        status.ActiveSite.Should().Be("recovery", phase);
        Guest.ShouldBe(await lab.CopyAsync(status.Disks[0].Uri), content, phase);
    }
}

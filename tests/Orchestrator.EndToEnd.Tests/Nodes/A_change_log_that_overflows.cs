namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class A_change_log_that_overflows
{
    [Fact]
    public async Task During_initial_replication_begins_it_anew_without_anyone_asking()
    {
        await using var lab = new Lab();
        var node = lab.NewNode(more: "replication { change-log-segment = 1 MiB, change-log-limit = 8 MiB, bandwidth-limit = 2 MiB }");
        await node.StartAsync();
        await node.OperateAsync("protect", Lab.Machine, "--disk", lab.Disk);
        var hasProgressed = false;
        await node.UntilAsync(
            Lab.Machine, "the first initial replication", "progress in the journal", _ => hasProgressed,
            meanwhile: async () => hasProgressed = (await EventsAsync(node)).Any(type => type.Contains("initial-replication-progressed")));
        await lab.WriteAsync(node, 0x61, [.. Enumerable.Range(0, 300)]);
        await lab.WriteAsync(node, 0x62, [.. Enumerable.Range(100, 300)]);

        await node.UntilAsync(
            Lab.Machine, "the second initial replication", "Protected with a point", s => s is { State: "Protected", PointCount: > 0 });

        (await EventsAsync(node)).Count(type => type.Contains("initial-replication-started")).Should().BeGreaterThan(1, "the log has overflowed");
        await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        await lab.ShouldBeEqualAsync(node, "after the log had overflowed");
        await node.StopAsync();
    }

    private static async Task<List<string>> EventsAsync(Node node) =>
        [.. (await node.DoAsync<List<Contracts.JournalEntryView>>("journal", "show", Lab.Machine)).Select(entry => entry.Type)];
}

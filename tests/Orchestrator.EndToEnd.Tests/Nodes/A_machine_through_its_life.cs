using System.Globalization;
using Orchestrator.Contracts;

namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class A_machine_through_its_life
{
    [Fact]
    public async Task Is_protected_tested_failed_over_brought_back_and_let_go_by_the_command_line()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        await lab.WriteAsync(node, 0x11, 0, 700);
        await lab.UntilPointAsync(node, "first writes");
        await TestAsync(lab, node);
        await FailOverAsync(lab, node, "recovery", 0x22);
        await FailOverAsync(lab, node, "primary", 0x33);
        await LookBackAsync(node);
        await node.OperateAsync("unprotect", Lab.Machine);
        lab.Guest.ShouldBe(await lab.ReadAsync(lab.Disk), "the original disk after unprotect");
        (await node.DoAsync<NodeStatus>("status")).Machines.Should().BeEmpty();
        await node.StopAsync();
    }

    private static async Task TestAsync(Lab lab, Node node)
    {
        await node.OperateAsync("failover", Lab.Machine, "--kind", "test");
        var status = await node.DoAsync<MachineStatus>("status", Lab.Machine);
        lab.Guest.ShouldBe(await lab.CopyAsync(status.Disks[0].TestUri), "the test copy");
        await node.OperateAsync("cleanup", Lab.Machine, "--notes", "all good");
        (await node.StatusAsync(Lab.Machine)).Disks[0].TestUri.Should().BeNull();
    }

    private static async Task FailOverAsync(Lab lab, Node node, string to, byte pattern)
    {
        await lab.WriteAsync(node, pattern, 1, 500, 1023);
        var job = await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        job.Tasks.Should().Contain(task => task.Name == "VerifyReplica" && task.State == "Succeeded");
        await lab.ShouldBeEqualAsync(node, $"planned failover to {to}");
        await lab.WriteAsync(node, (byte)(pattern + 1), 2);
        await node.OperateAsync("commit", Lab.Machine);
        await lab.WriteAsync(node, (byte)(pattern + 2), 3);
        await node.OperateAsync("reverse", Lab.Machine);
        var status = await node.UntilAsync(Lab.Machine, $"reverse from {to}", "Protected with a point", s => s is { State: "Protected", PointCount: > 0 });
        status.ActiveSite.Should().Be(to);
        // The counter is the site's since the node started, so at the primary site it holds the initial replication.
        if (to == "recovery") status.Replication!.RawBytes.Should().BeLessThan(Lab.DiskBytes / 4, "only differences travel");
        lab.Guest.ShouldBe(await lab.CopyAsync(status.Disks[0].Uri), $"the machine's disk at {to}");
    }

    private static async Task LookBackAsync(Node node)
    {
        var jobs = await node.DoAsync<List<JobView>>("jobs");
        jobs.Should().OnlyContain(job => job.State == "Succeeded").And.HaveCountGreaterThanOrEqualTo(9);
        (await node.DoAsync<JobView>("jobs", jobs[0].Id.ToString())).Should().BeEquivalentTo(jobs[0]);
        (await node.DoAsync<List<PointView>>("points", Lab.Machine)).Should().NotBeEmpty();
        var entries = await node.DoAsync<List<JournalEntryView>>("journal", "show", Lab.Machine);
        entries.Select(entry => entry.Sequence).Should().Equal(Enumerable.Range(1, entries.Count).Select(number => (long)number));
        var verification = await node.DoAsync<JournalVerification>("journal", "verify");
        verification.Verified.Should().BeTrue();
        var planned = jobs.Single(job => job.Kind == jobs[^3].Kind && job.Id == jobs[^3].Id);
        var then = (planned.StartedAt - TimeSpan.FromMilliseconds(1)).ToString("O", CultureInfo.InvariantCulture);
        var past = await node.DoAsync<List<PastState>>("journal", "as-of", then);
        past.Should().ContainSingle().Which.Machine.Should().Be(Lab.Machine);
        past[0].State.Should().Be("Protected");
        past[0].ActiveSite.Should().Be("primary");
    }

    [Fact]
    public async Task Prints_tables_for_people_when_no_json_is_asked_for()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        string[][] verbs = [["status"], ["status", Lab.Machine], ["points", Lab.Machine], ["jobs"], ["journal", "show", Lab.Machine]];
        foreach (var words in verbs)
        {
            var ended = await node.VerbAsync(words);
            ended.Code.Should().Be(0, ended.All);
            ended.Out.Should().NotStartWith("{").And.NotStartWith("[").And.Contain(words is ["points", _] ? "CrashConsistent" : Lab.Machine);
        }

        var verify = await node.VerbAsync("journal", "verify");
        verify.Out.Should().StartWith("verified: ");
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Hosting.Evidence;
using Orchestrator.Hosting.Tests.Node;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Hosting.Tests.Evidence;

public sealed class The_evidence_of_a_node : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        var options = RunningNode.OptionsIn(_folder);
        options.Journal.Checkpoint.Every = TimeSpan.FromSeconds(1);
        options.Journal.Checkpoint.Publish =
        [
            new PublishOptions { Kind = PublishKind.Directory, Path = _folder["copies"] },
            new PublishOptions { Kind = PublishKind.File, Path = _folder["copies.jsonl"] },
            new PublishOptions { Kind = PublishKind.Command, Command = ["false"] },
        ];
        _node = await RunningNode.StartAsync(options);
        var request = new ProtectRequest(Guid.NewGuid(), "web1", "S0", "berlin", "hamburg", [_folder.Disk("web1.raw", 1 << 20)], null);
        (await _node.PostAsync(Routes.Machines, request)).StatusCode.Should().Be(HttpStatusCode.OK);
        await _node.UntilAsync("web1", status => status.State == "Protected");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Is_published_and_the_journal_agrees_with_it_then_and_as_a_copy()
    {
        await PublishedAsync();
        var lines = PublishedFiles.ReadLines(_folder["copies.jsonl"]).ToArray();
        var response = await _node.PostAsync(Routes.JournalVerify, new VerifyRequest(lines));
        var report = System.Text.Json.JsonSerializer.Deserialize<JournalVerification>(await response.Content.ReadAsStringAsync(), Wire.Json)!;
        report.Verified.Should().BeTrue();
        report.Published.Should().BeGreaterThanOrEqualTo(lines.Length);
        report.SealedEvents.Should().BePositive();

        await _node.DisposeAsync();
        var database = Path.Combine(_node.Options.Node.DataDirectory, "journal.db");
        var copy = await JournalCopy.VerifyAsync(database, _folder["copies"], keyPath: null, CancellationToken.None);
        copy.Should().Match<JournalVerification>(r => r.Verified && r.SealedEvents == r.Events, "the last checkpoint is taken when all else has stopped");
        (await JournalCopy.VerifyAsync(database, null, null, CancellationToken.None)).Verified.Should().BeTrue();

        File.Delete(Path.Combine(_node.Options.Node.DataDirectory, DirectoryTarget.KeyFile));
        var verify = async () => await JournalCopy.VerifyAsync(database, null, null, CancellationToken.None);
        (await verify.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.NoPublicKey);
    }

    [Fact]
    public async Task Tells_a_target_that_gets_nothing_in_the_status_and_goes_on()
    {
        await PublishedAsync();
        var view = await _node.GetAsync<CheckpointsView>(Routes.JournalCheckpoints);
        view.Checkpoints.Should().NotBeEmpty();
        view.Targets.Single(target => target.Name.StartsWith("command", StringComparison.Ordinal)).Error!.Code.Should().Be(EvidenceErrorCodes.PublishFailed);
        (await _node.GetAsync<NodeStatus>(Routes.Status)).Health.Should().Contain(reason => reason.Code == EvidenceErrorCodes.PublishFailed);
    }

    [Fact]
    public async Task Cuts_the_whole_past_at_a_checkpoint()
    {
        await PublishedAsync();
        var cut = await _node.GetAsync<PastSystem>($"{Routes.JournalCut}?time=2999-01-01T00:00:00Z");
        cut.Machines.Should().ContainSingle(machine => machine.Machine == "web1" && machine.Sequence <= cut.Events);

        var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.GetAsync($"{Routes.JournalCut}?time=2001-01-01T00:00:00Z"));
        (status, error.Code).Should().Be((HttpStatusCode.NotFound, "ORC1106"));
    }

    [Fact]
    public async Task Exports_lines_that_anybody_can_read()
    {
        var lines = (await _node.Http.GetStringAsync($"{Routes.JournalExport}?machine=web1")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var first = JsonNode.Parse(lines[0])!;
        ((string)first["name"]!).Should().Be("machine.protection-enabling-started.v1");
        ((long)first["sequence"]!).Should().Be(1);
        ((string)first["meta"]!["command"]!).Should().NotBeEmpty();
        first["payload"]!.AsObject().Select(field => field.Key).Should().Contain(["operation", "protection", "caller", "at"]);
        lines.Select(line => (long)JsonNode.Parse(line)!["sequence"]!).Should().Equal(Enumerable.Range(1, lines.Length).Select(i => (long)i));
        (await _node.Http.GetStringAsync($"{Routes.JournalExport}?from=2999-01-01T00:00:00Z")).Should().BeEmpty();
    }

    [Fact]
    public async Task Replays_a_life()
    {
        var steps = await _node.GetAsync<List<ReplayStep>>($"{Routes.JournalReplay}?machine=web1&to=3");
        steps.Select(step => step.Sequence).Should().Equal(1, 2, 3);
        (await RunningNode.ErrorOfAsync(await _node.Http.GetAsync($"{Routes.JournalReplay}?machine=web9"))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Shreds_only_what_the_machine_can_do_without_unless_forced_and_says_so()
    {
        var request = new ShredRequest("web1", 1, 2, "asked for", Force: false);
        var (status, error) = await RunningNode.ErrorOfAsync(await _node.PostAsync(Routes.JournalShred, request));
        (status, error.Code).Should().Be((HttpStatusCode.Conflict, EvidenceErrorCodes.ShreddingNotCovered));
        (await RunningNode.ErrorOfAsync(await _node.PostAsync(Routes.JournalShred, request with { Reason = " " }))).Error.Code.Should().Be("ORC1107");

        (await _node.PostAsync(Routes.JournalShred, request with { Force = true })).StatusCode.Should().Be(HttpStatusCode.OK);
        (await _node.GetAsync<JournalVerification>(Routes.JournalVerify)).Should().Match<JournalVerification>(r => r.Verified && r.Shredded == 2);
        (await _node.GetAsync<List<JournalEntryView>>($"{Routes.Journal}?machine=web1&limit=2"))[0].Text.Should().Be("(shredded)");
    }

    private async Task PublishedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var view = await _node.GetAsync<CheckpointsView>(Routes.JournalCheckpoints);
            if (view.Targets.Count(target => target.Published > 0) == 2 && view.Targets.Any(target => target.Error is not null)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}

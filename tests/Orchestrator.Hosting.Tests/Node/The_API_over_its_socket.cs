using System.Net;
using System.Text;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Domain;
using Orchestrator.Replication;

namespace Orchestrator.Hosting.Tests.Node;

public sealed class The_API_over_its_socket : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(RunningNode.OptionsIn(_folder));

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Tells_the_sites_and_no_machine_at_first()
    {
        var status = await _node.GetAsync<NodeStatus>(Routes.Status);

        status.Machines.Should().BeEmpty();
        status.Sites.Select(site => site.Name).Should().Equal("berlin", "hamburg");
        status.ProcessId.Should().Be(Environment.ProcessId);
    }

    [Fact]
    public void Only_its_owner_can_open_the_socket()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows guards it by the folder's access list.");
        if (OperatingSystem.IsWindows()) return;
        File.GetUnixFileMode(_node.Options.Node.ApiSocket).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task An_unknown_machine_is_answered_with_the_known_ones()
    {
        await ProtectAsync("web1", _folder.Disk("web1.raw", 1 << 20));

        foreach (var route in new[] { Routes.Machine, Routes.Points })
        {
            var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.GetAsync(Routes.ForMachine(route, "web2")));
            (status, error.Code).Should().Be((HttpStatusCode.NotFound, ControlCodes.MachineUnknown));
            error.Advice.Should().Contain("web1");
        }
    }

    [Fact]
    public async Task A_disk_that_does_not_exist_is_named()
    {
        var (status, error) = await RunningNode.ErrorOfAsync(await PostProtectAsync("web1", _folder["none.raw"]));

        (status, error.Code).Should().Be((HttpStatusCode.BadRequest, ErrorCodes.DiskNotFound));
        error.Message.Should().Contain(_folder["none.raw"]);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_named()
    {
        var (status, error) = await RunningNode.ErrorOfAsync(await PostProtectAsync("web1", _folder.Disk("small.raw", 100)));

        (status, error.Code).Should().Be((HttpStatusCode.BadRequest, ErrorCodes.DiskTooSmall));
        error.Message.Should().Contain("100");
    }

    [Fact]
    public async Task A_scenario_that_does_not_exist_is_answered_with_the_ones_that_do()
    {
        var response = await _node.PostAsync(Routes.Machines,
            new ProtectRequest(Guid.NewGuid(), "web1", "S99", "berlin", "hamburg", [_folder.Disk("d.raw", 512)], null));

        var (status, error) = await RunningNode.ErrorOfAsync(response);
        (status, error.Code).Should().Be((HttpStatusCode.BadRequest, RefusalCodes.InvalidRequest));
        error.Message.Should().Contain("S0").And.Contain("S7");
    }

    [Fact]
    public async Task An_operation_that_is_not_allowed_is_answered_with_the_ones_that_are()
    {
        await ProtectAsync("web1", _folder.Disk("web1.raw", 1 << 20));
        await _node.UntilAsync("web1", status => status is { State: "Protected", PointCount: > 0 });

        var (status, error) = await RunningNode.ErrorOfAsync(await _node.PostAsync(
            Routes.ForMachine(Routes.Operations, "web1"), new OperationRequest(Guid.NewGuid(), OperationKinds.Commit, null, null)));

        (status, error.Code).Should().Be((HttpStatusCode.Conflict, RefusalCodes.NotFailedOver));
        error.Allowed.Should().Contain([OperationKinds.TestFailover, OperationKinds.PlannedFailover]);
    }

    [Theory]
    [InlineData("{ \"operationId\": ")]
    [InlineData("{ \"operationId\": \"no id\" }")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task A_malformed_request_is_the_callers_fault_and_says_so(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.PostAsync(Routes.Machines, content));

        status.Should().Be(HttpStatusCode.BadRequest);
        error.Code.Should().StartWith("ORC");
        error.Message.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_time_that_is_none_is_the_callers_fault()
    {
        var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.GetAsync($"{Routes.JournalAsOf}?time=noon"));

        (status, error.Code).Should().Be((HttpStatusCode.BadRequest, "ORC1104"));
    }

    [Fact]
    public async Task A_missing_parameter_is_the_callers_fault_and_says_so()
    {
        var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.GetAsync(Routes.Journal));

        (status, error.Code).Should().Be((HttpStatusCode.BadRequest, "ORC1105"));
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        var (status, error) = await RunningNode.ErrorOfAsync(await _node.Http.GetAsync(Routes.ForJob(Guid.NewGuid())));

        (status, error.Code).Should().Be((HttpStatusCode.NotFound, ControlCodes.JobUnknown));
    }

    [Fact]
    public async Task The_journal_of_a_protected_machine_verifies_and_tells_its_job()
    {
        var accepted = await ProtectAsync("web1", _folder.Disk("web1.raw", 1 << 20));
        await _node.UntilAsync("web1", status => status.State == "Protected");

        (await _node.GetAsync<JournalVerification>(Routes.JournalVerify)).Should().Match<JournalVerification>(report => report.Verified && report.Events > 0);
        (await _node.GetAsync<JobView>(Routes.ForJob(accepted))).Machine.Should().Be("web1");
        (await _node.GetAsync<List<JournalEntryView>>($"{Routes.Journal}?machine=web1&limit=2")).Should().HaveCount(2);
    }

    private async Task<Guid> ProtectAsync(string machine, string disk)
    {
        var response = await PostProtectAsync(machine, disk);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return System.Text.Json.JsonSerializer.Deserialize<OperationAccepted>(text, Wire.Json)!.JobId;
    }

    private Task<HttpResponseMessage> PostProtectAsync(string machine, string disk) => _node.PostAsync(
        Routes.Machines, new ProtectRequest(Guid.NewGuid(), machine, "S0", "berlin", "hamburg", [disk], null));
}

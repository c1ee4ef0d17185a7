using System.Net;
using System.Net.Sockets;
using Orchestrator.Contracts;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Journal.Sql;
using Orchestrator.Replication;

namespace Orchestrator.Hosting.Tests.Node;

public sealed class Starting_and_stopping_a_node : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_node_on_the_same_socket_is_refused_and_the_first_goes_on()
    {
        await using var first = await RunningNode.StartAsync(RunningNode.OptionsIn(_folder));
        var second = RunningNode.OptionsIn(_folder, "m");
        second.Node.ApiSocket = first.Options.Node.ApiSocket;

        (await RefusedAsync(second)).Should().Be("ORC1302");
        (await first.GetAsync<NodeStatus>(Routes.Status)).Sites.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_second_node_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await using var first = await RunningNode.StartAsync(RunningNode.OptionsIn(_folder));
        var second = RunningNode.OptionsIn(_folder, "m");
        second.Node.DataDirectory = first.Options.Node.DataDirectory;

        (await RefusedAsync(second)).Should().Be(JournalErrorCodes.InUse);
        (await first.GetAsync<NodeStatus>(Routes.Status)).Sites.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_port_in_use_is_refused()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var options = RunningNode.OptionsIn(_folder);
        options.Node.Listen = taken.LocalEndPoint!.ToString()!;

        (await RefusedAsync(options)).Should().Be(ErrorCodes.AddressInUse);
    }

    [Fact]
    public async Task A_refused_start_holds_nothing_and_the_next_one_succeeds()
    {
        var options = RunningNode.OptionsIn(_folder);
        await using (var other = await RunningNode.StartAsync(RunningNode.OptionsIn(_folder, "m")))
        {
            options.Node.ApiSocket = other.Options.Node.ApiSocket;
            await RefusedAsync(options);
        }

        await using var node = await RunningNode.StartAsync(options);
        (await node.GetAsync<NodeStatus>(Routes.Status)).Machines.Should().BeEmpty();
    }

    [Fact]
    public async Task A_socket_file_left_by_a_killed_node_is_replaced()
    {
        var options = RunningNode.OptionsIn(_folder);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(options.Node.ApiSocket));
        }

        await File.WriteAllTextAsync(options.Node.ApiSocket, "");
        await using var node = await RunningNode.StartAsync(options);
        (await node.GetAsync<NodeStatus>(Routes.Status)).Sites.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_stop_and_a_start_keep_everything()
    {
        var options = RunningNode.OptionsIn(_folder);
        var disk = _folder.Disk("web1.raw", 1 << 20);
        MachineStatus before;
        var job = Guid.NewGuid();
        await using (var node = await RunningNode.StartAsync(options))
        {
            (await node.PostAsync(Routes.Machines, new ProtectRequest(job, "web1", "S0", "berlin", "hamburg", [disk], null)))
                .StatusCode.Should().Be(HttpStatusCode.OK);
            before = await node.UntilAsync("web1", status => status is { State: "Protected", PointCount: > 0 });
        }

        File.Exists(options.Node.ApiSocket).Should().BeFalse();
        await using var again = await RunningNode.StartAsync(options);
        var after = await again.GetAsync<MachineStatus>(Routes.ForMachine(Routes.Machine, "web1"));

        (after.State, after.Activation, after.ActiveSite).Should().Be((before.State, before.Activation, before.ActiveSite));
        (await again.GetAsync<List<PointView>>(Routes.ForMachine(Routes.Points, "web1"))).Select(point => point.Id)
            .Should().Contain(before.LatestPoint!.Id);
        (await again.GetAsync<JobView>(Routes.ForJob(job))).Machine.Should().Be("web1");
        await again.UntilAsync("web1", status => status.PointCount > before.PointCount && status.Health == "Normal");
    }

    [Fact]
    public async Task A_site_that_cannot_be_opened_lets_go_of_the_machines_it_had_opened()
    {
        var options = RunningNode.OptionsIn(_folder);
        var disk = _folder.Disk("web1.raw", 1 << 20);
        await using (var node = await RunningNode.StartAsync(options))
        {
            await node.PostAsync(Routes.Machines, new ProtectRequest(Guid.NewGuid(), "web1", "S0", "berlin", "hamburg", [disk], null));
            await node.UntilAsync("web1", status => status.State == "Protected");
        }

        var damaged = Directory.CreateDirectory(Path.Combine(options.Sites["berlin"].Directory, "web2")).FullName;
        await File.WriteAllTextAsync(Path.Combine(damaged, "site.json"), "{");
        (await RefusedAsync(options)).Should().Be(ErrorCodes.ReplicaCorrupt);

        Directory.Delete(damaged, recursive: true);
        await using var again = await RunningNode.StartAsync(options);
        await again.UntilAsync("web1", status => status is { State: "Protected", Health: "Normal" });
    }

    [Fact]
    public async Task A_node_without_control_serves_no_api()
    {
        var options = RunningNode.OptionsIn(_folder);
        options.Node.Control = false;
        await using var node = await RunningNode.StartAsync(options);

        File.Exists(options.Node.ApiSocket).Should().BeFalse();
        node.Node.Endpoint!.Port.Should().BePositive();
        node.Node.Invoking(n => n.Operations).Should().Throw<InvalidOperationException>();
    }

    private static async Task<string> RefusedAsync(OrchestratorOptions options)
    {
        var starting = () => RunningNode.StartAsync(options);
        return (await starting.Should().ThrowAsync<NodeException>()).Which.Error.Code;
    }
}

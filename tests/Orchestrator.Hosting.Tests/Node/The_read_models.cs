using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.Hosting.Tests.Node;

/// <summary>What is read out of projections, over the node's socket.</summary>
public sealed class The_read_models : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private RunningNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(RunningNode.OptionsIn(_folder));

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Whoever_has_an_operation_accepted_finds_its_job_at_once()
    {
        for (var i = 0; i < 5; i++)
        {
            var job = await ProtectAsync($"web{i}");
            (await _node.GetAsync<JobView>(Routes.ForJob(job))).Should().BeEquivalentTo(new { Id = job, Machine = $"web{i}", Kind = "protect" });
            (await _node.GetAsync<List<JobView>>($"{Routes.Jobs}?machine=web{i}")).Should().ContainSingle().Which.Id.Should().Be(job);
            (await _node.GetAsync<List<JobView>>(Routes.Jobs)).Should().Contain(one => one.Id == job);
        }
    }

    [Fact]
    public async Task Health_of_all_machines_is_listed()
    {
        await ProtectAsync("web2");
        await ProtectAsync("web1");
        await _node.UntilAsync("web1", status => status is { State: "Protected", Health: "Normal" });

        var health = await _node.GetAsync<List<MachineHealthView>>(Routes.Health);
        health.Select(one => one.Machine).Should().Equal("web1", "web2");
        health[0].Level.Should().Be("Normal");
        health[0].Since.Should().BeAfter(DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task What_happened_last_comes_newest_first_without_the_chatter()
    {
        await ProtectAsync("web1");
        await _node.UntilAsync("web1", status => status is { State: "Protected", PointCount: > 0 });

        var events = await _node.GetAsync<List<JournalEntryView>>(Routes.Recent);
        events.Select(one => one.At).Should().BeInDescendingOrder();
        events.Select(one => one.Type).Should().Contain("machine.protection-enabled.v1").And.NotContain("machine.recovery-point-recorded.v1");
        (await _node.GetAsync<List<JournalEntryView>>($"{Routes.Recent}?limit=2")).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_node_whose_read_models_are_deleted_makes_them_anew()
    {
        var job = await ProtectAsync("web1");
        await _node.UntilAsync("web1", status => status.State == "Protected");
        await _node.DisposeAsync();
        foreach (var file in Directory.GetFiles(_node.Options.Node.DataDirectory, "projections.db*")) File.Delete(file);

        _node = await RunningNode.StartAsync(_node.Options);

        (await _node.GetAsync<JobView>(Routes.ForJob(job))).State.Should().Be("Succeeded");
    }

    [Fact]
    public async Task The_live_feed_tells_a_machines_way_as_it_goes()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var response = await _node.Http.GetAsync(Routes.Events, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        (await reader.ReadLineAsync(limit.Token)).Should().StartWith(":", "from here on nothing is missed");

        var job = await ProtectAsync("web1");

        HashSet<string> names = [];
        var isProtected = false;
        var hasSucceeded = false;
        while (!isProtected || !hasSucceeded || names.Count < 4)
        {
            var (name, data) = await ReadAsync(reader, limit.Token);
            names.Add(name);
            isProtected |= name == LiveEvents.Machine
                && JsonSerializer.Deserialize<MachineChange>(data, Wire.Json) is { Machine: "web1", State: "Protected" };
            hasSucceeded |= name == LiveEvents.Job && JsonSerializer.Deserialize<JobView>(data, Wire.Json) is { State: "Succeeded" } view && view.Id == job;
        }

        names.Should().BeEquivalentTo(LiveEvents.Machine, LiveEvents.Health, LiveEvents.Job, LiveEvents.Event);
    }

    [Fact]
    public async Task A_listener_does_not_hold_up_the_node_that_stops()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var response = await _node.Http.GetAsync(Routes.Events, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        await reader.ReadLineAsync(limit.Token);

        await _node.Node.StopAsync(limit.Token).WaitAsync(TimeSpan.FromSeconds(15), limit.Token);

        (await reader.ReadToEndAsync(limit.Token)).Trim().Should().BeEmpty("the stream ends properly");
    }

    private static async Task<(string Name, string Data)> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        string? name = null;
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return (name!, line[6..]);
        }

        throw new EndOfStreamException("The live feed has ended.");
    }

    private async Task<Guid> ProtectAsync(string machine)
    {
        var job = Guid.NewGuid();
        var response = await _node.PostAsync(Routes.Machines,
            new ProtectRequest(job, machine, "S0", "berlin", "hamburg", [_folder.Disk($"{machine}.raw", 1 << 20)], null));
        response.IsSuccessStatusCode.Should().BeTrue(await response.Content.ReadAsStringAsync());
        return job;
    }
}

using Orchestrator.Fabric;
using Orchestrator.Fabric.Folder;
using Orchestrator.TestKit;

namespace Orchestrator.Hosting.Tests.Fabric;

public sealed class FolderFabric_contract : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private FolderFabric _fabric;

    public FolderFabric_contract() => _fabric = new FolderFabric(_folder.Path, _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_repeated_start_finds_the_first_one()
    {
        var first = await StartAsync(activation: 1, operation: 1);
        _time.Advance(TimeSpan.FromMinutes(1));

        (await StartAsync(activation: 1, operation: 1)).Should().BeEquivalentTo(first);
        (await StartAsync(activation: 1, operation: 2)).StartedAt.Should().Be(_time.GetUtcNow());
    }

    [Fact]
    public async Task A_lower_activation_is_refused_and_changes_nothing()
    {
        await StartAsync(activation: 3, operation: 1);

        (await Refused(() => StartAsync(activation: 2, operation: 2))).Should().Be((FabricException.Fenced, false));
        (await _fabric.FindAsync("web1", InstanceKind.Production, default))!.Activation.Should().Be(3);
    }

    [Fact]
    public async Task A_lower_activation_is_refused_after_a_stop_and_a_restart_too()
    {
        await StartAsync(activation: 3, operation: 1);
        await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Production, 3, Id(2)), default);
        _fabric = new FolderFabric(_folder.Path, _time);

        (await Refused(() => StartAsync(activation: 2, operation: 3))).Should().Be((FabricException.Fenced, false));
    }

    [Fact]
    public async Task A_stop_ends_it_and_may_be_repeated()
    {
        await StartAsync(activation: 1, operation: 1);
        for (var i = 0; i < 2; i++) await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Production, 5, Id(2)), default);

        (await _fabric.FindAsync("web1", InstanceKind.Production, default)).Should().BeNull();
    }

    [Fact]
    public async Task A_start_that_comes_after_the_stop_of_a_higher_activation_is_refused()
    {
        await StartAsync(activation: 3, operation: 1);
        await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Production, 4, Id(2)), default);

        (await Refused(() => StartAsync(activation: 3, operation: 1))).Should().Be((FabricException.Fenced, false));
        (await StartAsync(activation: 4, operation: 2)).Activation.Should().Be(4);
    }

    [Fact]
    public async Task A_stop_that_comes_late_does_not_stop_what_was_started_since()
    {
        var started = await StartAsync(activation: 3, operation: 2);

        await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Production, 3, Id(2)), default);
        (await Refused(async () => await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Production, 2, Id(1)), default)))
            .Should().Be((FabricException.Fenced, false));

        (await _fabric.FindAsync("web1", InstanceKind.Production, default)).Should().BeEquivalentTo(started);
    }

    [Fact]
    public async Task A_test_copy_runs_beside_production()
    {
        await StartAsync(activation: 1, operation: 1);
        await StartAsync(activation: 1, operation: 2, InstanceKind.Test);
        await _fabric.StopAsync(new StopRequest("web1", InstanceKind.Test, 5, Id(3)), default);

        (await _fabric.FindAsync("web1", InstanceKind.Test, default)).Should().BeNull();
        (await _fabric.FindAsync("web1", InstanceKind.Production, default)).Should().NotBeNull();
    }

    [Fact]
    public async Task The_record_survives_reopening()
    {
        var started = await StartAsync(activation: 1, operation: 1);

        (await new FolderFabric(_folder.Path, _time).FindAsync("web1", InstanceKind.Production, default)).Should().BeEquivalentTo(started);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("")]
    [InlineData("null")]
    public async Task A_damaged_record_is_reported_and_not_taken_for_a_stopped_machine(string text)
    {
        await StartAsync(activation: 1, operation: 1);
        _folder.Write("web1.json", text);

        (await Refused(() => StartAsync(activation: 1, operation: 2))).Should().Be((FabricException.RecordFailed, false));
        var finding = () => _fabric.FindAsync("web1", InstanceKind.Production, default).AsTask();
        (await finding.Should().ThrowAsync<FabricException>()).Which.Message.Should().Contain(_folder["web1.json"]);
    }

    private Task<MachineInstance> StartAsync(long activation, int operation, InstanceKind kind = InstanceKind.Production) =>
        _fabric.StartAsync(new StartRequest(
            "web1", kind, activation, Id(operation), [new DiskAttachment(0, new Uri("nbd://127.0.0.1:1/x"), 512)]), default).AsTask();

    private static async Task<(string, bool)> Refused(Func<Task> start)
    {
        var error = (await start.Should().ThrowAsync<FabricException>()).Which;
        return (error.Code, error.IsTransient);
    }

    private static Guid Id(int number) => new(number, 0, 0, new byte[8]);
}

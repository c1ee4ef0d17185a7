using Orchestrator.Contracts;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain;

namespace Orchestrator.Control.Tests.Machines;

public sealed class Requests_to_a_machine
{
    [Fact]
    public async Task A_repeated_request_changes_nothing()
    {
        var rig = await Rig.ProtectedAsync();
        var operation = await rig.AskAsync(OperationKinds.PlannedFailover);
        await rig.UntilAsync(Life.Planned.IsDone, "failover");
        var (events, calls) = (rig.Events.Count, rig.World.Calls.Count);

        await rig.AskAsync(OperationKinds.PlannedFailover, operation: operation);
        await rig.CrashAsync();
        await rig.AskAsync(OperationKinds.PlannedFailover, operation: operation);
        await rig.Loop.AdvanceAsync(TimeSpan.FromMinutes(1));

        (rig.Events.Count, rig.World.Calls.Count).Should().Be((events, calls));
    }

    [Fact]
    public async Task An_id_used_for_another_operation_is_refused()
    {
        var rig = await Rig.ProtectedAsync();
        var operation = await rig.AskAsync(OperationKinds.PlannedFailover);
        await rig.UntilAsync(Life.Planned.IsDone, "failover");

        (await RefusalOfAsync(rig, OperationKinds.Commit, operation)).Error.Code.Should().Be(RefusalCodes.OperationIdReused);
    }

    [Theory]
    [InlineData(OperationKinds.Commit, RefusalCodes.NotFailedOver)]
    [InlineData(OperationKinds.CleanUpTest, RefusalCodes.NoTestOpen)]
    [InlineData(OperationKinds.Resume, RefusalCodes.NothingToResume)]
    public async Task A_refusal_carries_its_code_and_what_is_allowed(string kind, string code)
    {
        var rig = await Rig.ProtectedAsync();
        var events = rig.Events.Count;

        var refusal = await RefusalOfAsync(rig, kind, rig.NextOperation());

        (refusal.Kind, refusal.Error.Code).Should().Be((ControlFailure.Conflict, code));
        refusal.Error.Advice.Should().NotBeNullOrEmpty();
        refusal.Error.Allowed.Should().BeEquivalentTo(OperationKinds.TestFailover, OperationKinds.PlannedFailover,
            OperationKinds.UnplannedFailover, OperationKinds.Disable);
        rig.Events.Should().HaveCount(events);
    }

    [Fact]
    public async Task An_unknown_machine_is_answered_with_the_known_ones()
    {
        var rig = await Rig.ProtectedAsync();
        var asking = () => rig.Operations.OperateAsync("web2", new OperationRequest(rig.NextOperation(), OperationKinds.Commit, null, null), "t", default);

        var refusal = (await asking.Should().ThrowAsync<ControlException>()).Which;
        (refusal.Kind, refusal.Error.Code).Should().Be((ControlFailure.NotFound, ControlCodes.MachineUnknown));
        refusal.Error.Advice.Should().Contain("web1");
    }

    [Theory]
    [InlineData("Web 1", "S0", "berlin", "machine name")]
    [InlineData("web1", "S9", "berlin", "no scenario 'S9'")]
    [InlineData("web1", "S0", "paris", "no site 'paris'. Configured are: berlin, hamburg")]
    public async Task What_no_machine_could_accept_is_refused_at_the_edge(string machine, string scenario, string primary, string message)
    {
        var rig = await Rig.StartedAsync();
        var asking = () => rig.Operations.ProtectAsync(
            new ProtectRequest(rig.NextOperation(), machine, scenario, primary, "hamburg", ["/dev/web1"], null), "t", default);

        var refusal = (await asking.Should().ThrowAsync<ControlException>()).Which;
        (refusal.Kind, refusal.Error.Code).Should().Be((ControlFailure.Invalid, RefusalCodes.InvalidRequest));
        refusal.Error.Message.Should().Contain(message);
        rig.Events.Should().BeEmpty();
    }

    [Fact]
    public async Task A_request_without_id_is_refused()
    {
        var rig = await Rig.ProtectedAsync();

        (await RefusalOfAsync(rig, OperationKinds.TestFailover, Guid.Empty)).Kind.Should().Be(ControlFailure.Invalid);
    }

    private static async Task<ControlException> RefusalOfAsync(Rig rig, string kind, Guid operation)
    {
        var asking = () => rig.AskAsync(kind, operation: operation);
        return (await asking.Should().ThrowAsync<ControlException>()).Which;
    }
}

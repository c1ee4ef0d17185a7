using Orchestrator.Contracts;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;

namespace Orchestrator.Control.Tests.Workflows;

/// <summary>Ways to two running copies of a machine that the simulation has found.</summary>
public sealed class Two_that_must_not_run
{
    [Fact]
    public async Task Protected_again_at_the_site_it_has_left_it_is_not_started_there()
    {
        var rig = await Life.RunAsync([Life.Protect, Life.Planned, Life.Commit, Life.Disable]);
        rig.World.Hamburg.Running(InstanceKind.Production).Should().NotBeNull("it goes on where it was failed over to");

        await rig.AskAsync(Life.Protecting);
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s) is { WaitsForOperator: true }, "the refusal");

        ProtectedMachine.WorkflowOf(rig.State)!.Failure!.Code.Should().Be(ControlCodes.RunsElsewhere);
        rig.World.Berlin.Running(InstanceKind.Production).Should().BeNull();

        rig.World.Hamburg.StopByHand();
        await rig.AskAsync(OperationKinds.Resume);
        await rig.UntilAsync(Life.IsHealthy, "the protection");
        rig.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task A_source_that_did_not_answer_a_forced_failover_is_stopped_before_its_disks_become_the_seed()
    {
        var rig = await Life.RunAsync([Life.Protect]);
        rig.World.Berlin.IsSilent = true;
        await rig.DoAsync(Life.Unplanned);
        await rig.DoAsync(Life.Commit);
        rig.World.Berlin.Running(InstanceKind.Production).Should().NotBeNull("nobody could stop it");

        rig.World.Berlin.IsSilent = false;
        await rig.DoAsync(Life.Reverse);

        rig.World.Berlin.Running(InstanceKind.Production).Should().BeNull();
        rig.World.Hamburg.Running(InstanceKind.Production).Should().NotBeNull();
    }
}

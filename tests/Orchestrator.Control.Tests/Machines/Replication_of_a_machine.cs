using Orchestrator.Contracts;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Machines;

public sealed class Replication_of_a_machine
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_tried_again_after_one_two_and_four_minutes(bool withCrashes)
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.IsLinkBroken = true;
        foreach (var (attempt, minutes) in new[] { (1, 1), (2, 2), (3, 4) })
        {
            await rig.UntilAsync(s => ProtectedMachine.ReplicationOf(s) is ReplicationState.Retrying r && r.Attempt == attempt, $"failure {attempt}");
            var waiting = (ReplicationState.Retrying)ProtectedMachine.ReplicationOf(rig.State)!;
            (waiting.RetryAt - rig.Time.GetUtcNow()).Should().BeCloseTo(TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(2));
            if (withCrashes) await rig.CrashAsync(TimeSpan.FromSeconds(5));
            var starts = Starts(rig);
            await rig.Loop.AdvanceAsync(waiting.RetryAt - rig.Time.GetUtcNow() - TimeSpan.FromSeconds(1));
            Starts(rig).Should().Be(starts, "it is too early");
        }

        rig.World.IsLinkBroken = false;
        await rig.UntilAsync(Life.IsHealthy, "recovery", minutes: 6);
        rig.State.Should().BeOfType<State.Protected>();
    }

    [Fact]
    public async Task Goes_on_at_once_when_the_operator_resumes()
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.IsLinkBroken = true;
        await rig.UntilAsync(s => ProtectedMachine.ReplicationOf(s) is ReplicationState.Retrying, "the failure");
        rig.World.IsLinkBroken = false;

        await rig.AskAsync(OperationKinds.Resume);
        await rig.Loop.AdvanceAsync(TimeSpan.FromSeconds(3));

        ProtectedMachine.ReplicationOf(rig.State).Should().BeOfType<ReplicationState.Normal>();
    }

    [Fact]
    public async Task A_loss_is_marked_resynchronized_by_itself_and_completed()
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.Berlin.Source!.Loss = new CaptureLoss("ORC2011", "The change log is full.");

        await rig.UntilAsync(s => s is State.Protected { Resync: ResyncState.Running }, "the resync");
        await rig.UntilAsync(Life.IsHealthy, "the end of the resync", minutes: 1);

        rig.World.Calls.Should().Contain(call => call.Name == "StartReplication" && call.Arguments.StartsWith(nameof(CopyMode.Resync)));
        rig.World.Berlin.Source!.Loss.Should().BeNull();
    }

    [Fact]
    public async Task A_loss_during_initial_replication_begins_it_anew()
    {
        var rig = await Rig.StartedAsync();
        await rig.AskAsync(Life.Protecting);
        await rig.UntilAsync(s => s is State.InitialReplication { BytesTotal: > 0 }, "progress");
        rig.World.Berlin.Source!.Lose(new CaptureLoss("ORC2011", "The change log is full."));
        await rig.UntilAsync(Life.IsHealthy, "the end of the second copy", minutes: 1);

        rig.World.Calls.Count(call => call.Name == "StartReplication" && call.Arguments.StartsWith(nameof(CopyMode.Initial))).Should().Be(2);
        rig.World.Berlin.Source!.Loss.Should().BeNull();
    }

    [Fact]
    public async Task A_loss_waits_marked_where_the_node_does_not_start_resyncs()
    {
        var rig = await Rig.ProtectedAsync(automaticResync: false);
        rig.World.Berlin.Source!.Loss = new CaptureLoss("ORC2011", "The change log is full.");
        await rig.UntilAsync(s => s is State.Protected { Resync: ResyncState.Marked }, "the mark");
        await rig.Loop.AdvanceAsync(TimeSpan.FromHours(1));

        rig.State.Should().BeOfType<State.Protected>().Which.Resync.Should().BeOfType<ResyncState.Marked>();
        rig.World.Calls.Should().NotContain(call => call.Name == "StartReplication" && call.Arguments.StartsWith(nameof(CopyMode.Resync)));
    }

    [Fact]
    public async Task A_point_that_is_gone_at_the_target_expires()
    {
        var rig = await Rig.ProtectedAsync();
        var oldest = rig.World.Hamburg.Replica!.Points[0].Id;
        rig.World.Hamburg.Replica.Points.RemoveAt(0);

        await rig.Loop.AdvanceAsync(TimeSpan.FromSeconds(2));

        ProtectedMachine.PointsOf(rig.State).Find(new RecoveryPointId(oldest)).Should().BeNull();
    }

    [Fact]
    public async Task A_silent_site_is_a_failure_that_is_tried_again()
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.Hamburg.IsSilent = true;
        await rig.UntilAsync(s => ProtectedMachine.ReplicationOf(s) is ReplicationState.Retrying, "the failure");
        (await rig.Node.LookAsync(Rig.Machine, default))!.Replica.Should().BeNull();

        rig.World.Hamburg.IsSilent = false;
        await rig.UntilAsync(Life.IsHealthy, "recovery", minutes: 2);
    }

    [Fact]
    public async Task Is_looked_after_again_after_a_site_failed_in_an_unforeseen_way()
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.IsLinkBroken = true;
        await rig.UntilAsync(s => ProtectedMachine.ReplicationOf(s) is ReplicationState.Retrying { Attempt: 1 }, "the failure");
        rig.World.IsLinkBroken = false;
        rig.World.Plan = call => call.Name == "StartReplication" ? throw new ArgumentException("a bug") : null;
        await rig.UntilAsync(s => ProtectedMachine.ReplicationOf(s) is ReplicationState.Retrying { Attempt: 2 }, "the unforeseen failure");

        rig.World.Plan = _ => null;
        await rig.UntilAsync(Life.IsHealthy, "recovery", minutes: 6);
    }

    private static int Starts(Rig rig) => rig.World.Calls.Count(call => call.Name == "StartReplication");
}

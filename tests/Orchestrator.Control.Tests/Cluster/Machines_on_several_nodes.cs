using Orchestrator.Actors.Cluster;
using Orchestrator.Contracts;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Cluster;

public sealed class Machines_on_several_nodes
{
    private static readonly string[] Fleet = ["web1", "web2", "web3", "web4", "web5", "web6"];

    [Fact]
    public async Task Are_all_seen_from_every_node_and_each_is_in_the_care_of_one()
    {
        var cluster = await FleetAsync();

        foreach (var member in cluster.Members)
        {
            var looks = await cluster.Loop.RunAsync(() => member.Node.LookAtAllAsync(default), TimeSpan.FromMinutes(1));
            looks.Select(look => look.Name).Should().Equal(Fleet);
            looks.Should().OnlyContain(look => look.State is State.Protected && look.Source != null && look.Replica != null);
        }

        cluster.Members.Should().OnlyContain(member => member.Node.Registry.All.Count < Fleet.Length, "the machines are spread over the nodes");
        cluster.Members.SelectMany(member => member.Node.Registry.All.Select(machine => machine.Name)).Should().BeEquivalentTo(Fleet);
        cluster.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task Take_commands_and_answer_questions_through_any_node()
    {
        var cluster = await ControlCluster.ProtectedAsync();
        foreach (var (member, kind, isDone) in new (ControlCluster.Member, string, Func<State, bool>)[]
        {
            (cluster.Members[0], OperationKinds.TestFailover, Life.Test.IsDone),
            (cluster.Members[1], OperationKinds.CleanUpTest, Life.CleanUp.IsDone),
            (cluster.Members[2], OperationKinds.PlannedFailover, Life.Planned.IsDone),
            (cluster.Members[0], OperationKinds.Commit, Life.Commit.IsDone),
        })
        {
            await cluster.OperateAsync(member, kind);
            await cluster.UntilAsync(() => isDone(cluster.State), kind);
        }

        foreach (var member in cluster.Members)
        {
            var look = await cluster.Loop.RunAsync(() => member.Node.LookAsync(Rig.Machine, default), TimeSpan.FromMinutes(1));
            look!.State.Should().Be(cluster.State);
            (await cluster.Loop.RunAsync(() => member.Node.History.EntriesAsync(Rig.Machine, 1, 10, default))).Should().HaveCount(10);
            (await RefusalOfAsync(cluster, member, OperationKinds.Commit)).Kind.Should().Be(ControlFailure.Conflict);
            (await RefusalOfAsync(cluster, member, OperationKinds.Commit, "web9")).Should().Match<ControlException>(
                refusal => refusal.Error.Code == ControlCodes.MachineUnknown && refusal.Error.Advice!.Contains("web1"));
        }

        cluster.World.Calls.Select(call => call.Node).Distinct().Should().ContainSingle("one node acts for the machine");
        cluster.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task Go_where_their_node_hands_them_and_are_looked_after_there()
    {
        var cluster = await FleetAsync();
        var leaving = cluster.Owner!;
        await cluster.Loop.RunAsync(() => leaving.Node.DisposeAsync().AsTask(), TimeSpan.FromMinutes(2));
        leaving.Link.IsDead = true;
        await cluster.UntilAsync(() => cluster.Alive.Sum(member => member.Node.Registry.All.Count) == Fleet.Length, "the others have all machines");

        leaving.Node.Registry.All.Should().BeEmpty();
        var points = ProtectedMachine.PointsOf(cluster.State).Count;
        await cluster.UntilAsync(() => ProtectedMachine.PointsOf(cluster.State).Count > points + 1, "new points");
        cluster.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task Are_handed_over_in_the_middle_of_a_step_which_the_next_node_ends()
    {
        foreach (var trouble in new[] { Trouble.HangsBefore, Trouble.HangsAfter })
        {
            var cluster = await ControlCluster.ProtectedAsync();
            HangOnce(cluster, call => call.Name == "Activate", trouble);
            await cluster.OperateAsync(cluster.Members[0], OperationKinds.PlannedFailover);
            await cluster.UntilAsync(() => cluster.World.Hanging is not null, "the step");
            var (leaving, before) = (cluster.Owner!, cluster.World.Calls.Count);

            await cluster.Loop.RunAsync(() => leaving.Node.DisposeAsync().AsTask(), TimeSpan.FromMinutes(2));
            leaving.Link.IsDead = true;
            await cluster.UntilAsync(() => cluster.State is State.FailedOver, "the failover");

            cluster.World.Hanging!.Cancellation.IsCancellationRequested.Should().BeTrue("the step ends with the right to it");
            var after = cluster.World.Calls.Skip(before).ToList();
            after.Should().OnlyContain(call => call.Node != leaving.Name);
            after.Select(call => call.Name).Should().Equal("Activate", "Start");
            cluster.World.Calls.Where(call => call.Name == "Activate").Select(call => call.Operation).Distinct().Should().ContainSingle(
                "the site knows the repeat by its operation");
            cluster.World.Violations.Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData(OperationKinds.PlannedFailover, true)]
    [InlineData(OperationKinds.PlannedFailover, false)]
    [InlineData(OperationKinds.UnplannedFailover, true)]
    [InlineData(OperationKinds.UnplannedFailover, false)]
    public async Task End_their_failover_on_another_node_wherever_the_first_is_killed(string kind, bool beforeTheEffect)
    {
        var (first, last) = await CallsOfAsync(kind);
        last.Should().BeGreaterThan(first);
        for (var number = first; number <= last; number++)
        {
            var cluster = await ControlCluster.ProtectedAsync();
            var killAt = number;
            HangOnce(cluster, call => call.Number == killAt, beforeTheEffect ? Trouble.HangsBefore : Trouble.HangsAfter);
            var owner = cluster.Owner!;
            await cluster.OperateAsync(cluster.Alive.First(member => member != owner), kind);
            await cluster.UntilAsync(() => cluster.State is State.FailedOver, $"killed at call {number}", killsHanging: true);

            owner.Link.IsDead.Should().BeTrue("the call was made by it");
            cluster.World.Violations.Should().BeEmpty($"killed at call {number}");
            cluster.World.Calls.Where(call => call.Name is "Start" or "Activate").Select(call => (call.Name, call.Operation)).Distinct()
                .Should().HaveCount(3, "protected, activated and started once each");
            cluster.World.Hamburg.Running(InstanceKind.Production).Should().NotBeNull();
        }
    }

    [Fact]
    public async Task Are_left_alone_by_a_node_whose_lease_is_in_doubt_and_go_on_when_it_is_renewed()
    {
        var cluster = await ControlCluster.ProtectedAsync();
        var owner = cluster.Owner!;
        HangOnce(cluster, call => call.Name == "Drain", Trouble.HangsBefore);
        await cluster.OperateAsync(owner, OperationKinds.PlannedFailover);
        await cluster.UntilAsync(() => cluster.World.Hanging is not null, "the step");

        foreach (var member in cluster.Members) member.Membership.IsCutOff = true;
        await cluster.UntilAsync(() => owner.Events.OfType<ClusterEvent.Suspended>().Any(), "the doubt");
        cluster.World.Hanging!.Cancellation.IsCancellationRequested.Should().BeTrue();
        var calls = cluster.World.Calls.Count;
        await cluster.Loop.AdvanceAsync(TimeSpan.FromMinutes(1));
        cluster.World.Calls.Should().HaveCount(calls, "nobody may act");
        cluster.Members.SelectMany(member => member.Node.Registry.All).Should().BeEmpty();

        foreach (var member in cluster.Members) member.Membership.IsCutOff = false;
        await cluster.UntilAsync(() => cluster.State is State.FailedOver, "the failover");
        cluster.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task Wait_for_a_call_that_does_not_end_with_the_right_to_it_and_then_repeat_its_step()
    {
        var cluster = await ControlCluster.ProtectedAsync();
        var owner = cluster.Owner!;
        HangOnce(cluster, call => call.Name == "Drain", Trouble.Stuck);
        await cluster.OperateAsync(owner, OperationKinds.PlannedFailover);
        await cluster.UntilAsync(() => CallsOf(cluster, "Drain") == 1, "the step");
        foreach (var member in cluster.Members) member.Membership.IsCutOff = true;
        await cluster.UntilAsync(() => owner.Events.OfType<ClusterEvent.Suspended>().Any(), "the doubt");
        foreach (var member in cluster.Members) member.Membership.IsCutOff = false;
        await cluster.UntilAsync(() => owner.Events.OfType<ClusterEvent.Resumed>().Any(), "the end of the doubt");

        await cluster.Loop.AdvanceAsync(TimeSpan.FromSeconds(30));
        CallsOf(cluster, "Drain").Should().Be(1, "one step of a machine at a time");
        cluster.World.GoOn.SetResult();
        await cluster.UntilAsync(() => cluster.State is State.FailedOver, "the failover");

        CallsOf(cluster, "Drain").Should().Be(2, "what a step without a right says counts for nothing");
        cluster.World.Calls.Select(call => call.Node).Distinct().Should().ContainSingle("the node kept its machine");
    }

    [Fact]
    public async Task Are_not_touched_by_a_node_that_is_cut_off_while_another_one_goes_on()
    {
        var cluster = await ControlCluster.ProtectedAsync();
        var cutOff = cluster.Owner!;
        HangOnce(cluster, call => call.Name == "Drain", Trouble.HangsAfter);
        await cluster.OperateAsync(cutOff, OperationKinds.PlannedFailover);
        await cluster.UntilAsync(() => cluster.World.Hanging is not null, "the step");
        var calls = cluster.World.Calls.Count;
        cutOff.Membership.IsCutOff = true;
        foreach (var other in cluster.Members.Where(member => member != cutOff))
        {
            cluster.Network.Cut(cutOff.Name, other.Name);
            cluster.Network.Cut(other.Name, cutOff.Name);
        }

        await cluster.UntilAsync(() => cluster.State is State.FailedOver, "the failover");
        await cluster.Loop.AdvanceAsync(TimeSpan.FromMinutes(2));

        cluster.Owner.Should().NotBe(cutOff);
        cluster.World.Hanging!.Cancellation.IsCancellationRequested.Should().BeTrue();
        cluster.World.Calls.Skip(calls).Should().OnlyContain(call => call.Node != cutOff.Name);
        cluster.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task Stop_at_a_refusal_of_a_site_that_has_seen_a_later_owner()
    {
        var cluster = await ControlCluster.ProtectedAsync();
        cluster.World.Hamburg.Seen(Rig.Machine, epoch: long.MaxValue);
        await cluster.OperateAsync(cluster.Members[0], OperationKinds.TestFailover);
        await cluster.Loop.AdvanceAsync(TimeSpan.FromSeconds(25));

        cluster.World.Refused.Should().NotBeEmpty();
        ProtectedMachine.WorkflowOf(cluster.State)!.Failure.Should().BeNull("the node may be about to learn that it lost the machine");
        await cluster.UntilAsync(() => ProtectedMachine.WorkflowOf(cluster.State) is { WaitsForOperator: true }, "it still owns the machine: the operator must see it");
        ProtectedMachine.WorkflowOf(cluster.State)!.Failure!.Code.Should().Be(Replication.ErrorCodes.ControlFenced);
    }

    private static async Task<ControlCluster> FleetAsync()
    {
        var cluster = await ControlCluster.StartedAsync("a", "b", "c");
        foreach (var machine in Fleet) await cluster.ProtectAsync(cluster.Members[1], machine);
        await cluster.UntilAsync(() => Fleet.All(machine => Life.IsHealthy(cluster.StateOf(machine))), "the protection");
        return cluster;
    }

    /// <summary>The first and the last call of a failover that nothing disturbs.</summary>
    private static async Task<(int First, int Last)> CallsOfAsync(string kind)
    {
        var cluster = await ControlCluster.ProtectedAsync();
        var owner = cluster.Owner!;
        var first = cluster.World.Calls.Count + 1;
        await cluster.OperateAsync(cluster.Alive.First(member => member != owner), kind);
        await cluster.UntilAsync(() => cluster.State is State.FailedOver, kind);
        return (first, cluster.World.Calls.Count);
    }

    private static int CallsOf(ControlCluster cluster, string name) => cluster.World.Calls.Count(call => call.Name == name);

    private static void HangOnce(ControlCluster cluster, Func<SiteCall, bool> isIt, Trouble trouble)
    {
        var done = false;
        cluster.World.Plan = call => !done && isIt(call) && (done = true) ? trouble : null;
    }

    private static async Task<ControlException> RefusalOfAsync(
        ControlCluster cluster, ControlCluster.Member member, string kind, string machine = Rig.Machine)
    {
        var asking = () => cluster.OperateAsync(member, kind, machine);
        return (await asking.Should().ThrowAsync<ControlException>()).Which;
    }
}

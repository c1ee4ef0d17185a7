using Orchestrator.Contracts;
using Orchestrator.Control.Queries;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Queries;

public sealed class MachineViews_of_a_status
{
    private static readonly DateTimeOffset Now = States.Start.AddSeconds(60);

    [Fact]
    public void A_healthy_machine_shows_sites_points_rpo_and_disks()
    {
        var state = States.Protected() with { Points = [States.Point(1), States.Point(2)] };
        var status = MachineViews.StatusOf(new MachineLook("web1", state, Source(), Replica()), Now);

        (status.Machine, status.Scenario, status.State, status.Health).Should().Be(("web1", "S0", "Protected", "Normal"));
        (status.ActiveSite, status.StandbySite, status.Activation).Should().Be(("berlin", "hamburg", 1L));
        (status.PointCount, status.LatestPoint!.Id, status.Rpo).Should().Be((2, States.Point(2).Id.Value, TimeSpan.FromSeconds(40)));
        status.Replication!.Phase.Should().Be("Delta");
        status.Disks.Should().ContainSingle().Which.Should().Be(new DiskView(0, 1 << 20, "nbd://berlin", null, "/dev/web1", "/replica"));
        status.CurrentJob.Should().BeNull();
    }

    [Fact]
    public void Every_operation_is_listed_and_a_forbidden_one_says_why()
    {
        var operations = MachineViews.OperationsOf(States.Protected() with { Points = [States.Point(1)] });

        operations.Should().HaveCount(10);
        operations.Where(o => o.Allowed).Select(o => o.Kind).Should().BeEquivalentTo(
            OperationKinds.TestFailover, OperationKinds.PlannedFailover, OperationKinds.UnplannedFailover, OperationKinds.Disable);
        operations.Where(o => !o.Allowed).Should().OnlyContain(o => o.Reason!.Code.StartsWith("ORC50") && o.Reason.Advice!.Length > 0);
    }

    [Fact]
    public void Silent_sites_leave_holes_and_no_error()
    {
        var status = MachineViews.StatusOf(new MachineLook("web1", States.Protected(), null, null), Now);

        status.Replication.Should().BeNull();
        status.Rpo.Should().BeNull();
        status.Disks.Should().ContainSingle().Which.Should().Be(new DiskView(0, 1 << 20, null, null, "/dev/web1", null));
    }

    [Fact]
    public void A_failure_of_replication_stands_in_the_phase_with_the_time_of_the_next_attempt()
    {
        var retrying = States.Protected() with { Replication = new ReplicationState.Retrying(1, "ORC3001", "gone", Now, 1) };
        var view = MachineViews.StatusOf(new MachineLook("web1", retrying, Source(), Replica()), Now).Replication!;

        view.Phase.Should().Be("Failed");
        view.Error!.Code.Should().Be("ORC3001");
        view.Error.Advice.Should().Contain("00:01:00Z");
    }

    [Fact]
    public void An_open_test_shows_where_its_disks_are()
    {
        var replica = Replica() with { TestExports = [new DiskExport(0, "nbd://test", 1 << 20, "/t")] };

        MachineViews.StatusOf(new MachineLook("web1", States.Protected(), Source(), replica), Now)
            .Disks[0].TestUri.Should().Be("nbd://test");
    }

    [Fact]
    public void An_active_replica_is_where_the_disks_are_attached()
    {
        var replica = Replica() with { State = "Active", Exports = [new DiskExport(0, "nbd://hamburg", 1 << 20, "/r")] };

        MachineViews.StatusOf(new MachineLook("web1", States.Protected(), Source(), replica), Now).Disks[0].Uri.Should().Be("nbd://hamburg");
    }

    [Fact]
    public void An_unprotected_machine_has_no_status() =>
        FluentActions.Invoking(() => MachineViews.StatusOf(new MachineLook("web1", new State.Unprotected(1), null, null), Now))
            .Should().Throw<ArgumentException>();

    private static SourceStatus Source() => new(
        [new DiskExport(0, "nbd://berlin", 1 << 20, "/dev/web1")], 1, false, null,
        new ReplicationProgress(CopyMode.Delta, 0, true, true, 0, 0, 0, 0, 0, null));

    private static ReplicaStatus Replica() => new("Receiving", true, 0, [], [], [], ["/replica"], null);
}

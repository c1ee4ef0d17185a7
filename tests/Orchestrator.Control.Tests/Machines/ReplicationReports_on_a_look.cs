using Orchestrator.Control.Machines;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Tests.Machines;

public sealed class ReplicationReports_on_a_look
{
    private static readonly DateTimeOffset Now = States.Start.AddMinutes(10);

    [Fact]
    public void Nothing_is_told_of_an_unprotected_machine() =>
        ReplicationReports.Compare(ProtectedMachine.Initial, Source(Delta()), Replica(Point(1)), Now).Should().BeEmpty();

    [Fact]
    public void New_points_are_recorded_in_order_and_their_rpo_counts_from_the_point_before()
    {
        var state = States.Protected() with { Points = [States.Point(1)] };

        var points = ReplicationReports.Compare(state, Source(Delta()), Replica(Point(1), Point(2, delay: 3), Point(3, delay: 4)), Now)
            .Should().AllBeOfType<Command.RecordPoint>().And.HaveCount(2).And.Subject.Cast<Command.RecordPoint>().ToArray();

        points.Select(c => c.Point.Id.Value).Should().Equal(Point(2).Id, Point(3).Id);
        points[0].Point.Rpo.Should().Be(TimeSpan.FromSeconds(10 + 3));
        points[1].Point.Rpo.Should().Be(TimeSpan.FromSeconds(10 + 4));
        points.Should().OnlyContain(c => c.Activation == 1);
    }

    [Fact]
    public void The_first_point_counts_its_own_delay()
    {
        var commands = ReplicationReports.Compare(States.Protected(), Source(Delta()), Replica(Point(1, delay: 7)), Now);

        commands.Should().ContainSingle().Which.Should().BeOfType<Command.RecordPoint>().Which.Point.Rpo.Should().Be(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Known_points_are_no_news() => ReplicationReports
        .Compare(States.Protected() with { Points = [States.Point(1), States.Point(2)] }, Source(Delta()), Replica(Point(1), Point(2)), Now)
        .Should().BeEmpty();

    [Fact]
    public void A_point_that_is_gone_at_the_target_expires() => ReplicationReports
        .Compare(States.Protected() with { Points = [States.Point(1), States.Point(2)] }, Source(Delta()), Replica(Point(2)), Now)
        .Should().ContainSingle().Which.Should().BeOfType<Command.ExpirePoints>()
        .Which.Points.Should().Equal(States.Point(1).Id);

    [Fact]
    public void A_point_is_new_although_the_clock_of_the_source_was_set_back()
    {
        var late = Point(3) with { TakenAt = States.Point(1).TakenAt.AddHours(-1), AvailableAt = States.Point(1).TakenAt.AddHours(-1) };
        var commands = ReplicationReports.Compare(
            States.Protected() with { Points = [States.Point(1), States.Point(2)] }, Source(Delta()), Replica(Point(1), Point(2), late), Now);

        commands.Should().ContainSingle().Which.Should().BeOfType<Command.RecordPoint>()
            .Which.Point.Should().Match<RecoveryPoint>(point => point.Id.Value == late.Id && point.Rpo == TimeSpan.Zero);
    }

    [Fact]
    public void A_point_before_the_last_known_one_is_not_recorded_behind_it() => ReplicationReports
        .Compare(States.Protected() with { Points = [States.Point(2)] }, Source(Delta()), Replica(Point(1), Point(2)), Now)
        .Should().BeEmpty();

    [Fact]
    public void A_silent_target_expires_nothing() => ReplicationReports
        .Compare(States.Protected() with { Points = [States.Point(1)] }, Source(Delta()), null, Now).Should().BeEmpty();

    [Fact]
    public void Points_taken_during_the_copy_do_not_count() =>
        ReplicationReports.Compare(States.Copying(50, 1000), Source(Copy(50)), Replica(Point(1)), Now).Should().BeEmpty();

    [Theory]
    [InlineData(0, 0, 10, true)]
    [InlineData(100, 1000, 149, false)]
    [InlineData(100, 1000, 150, true)]
    [InlineData(100, 2000, 101, true)]
    public void Progress_is_told_every_twentieth_or_when_the_total_changes(long known, long total, long done, bool isTold) =>
        ReplicationReports.Compare(States.Copying(known, total), Source(Copy(done)), Replica(), Now)
            .OfType<Command.ReportInitialProgress>().Any().Should().Be(isTold);

    [Fact]
    public void The_end_of_the_copy_is_told_before_the_first_point() => ReplicationReports
        .Compare(States.Copying(950, 1000), Source(Copy(1000) with { CopyCompleted = true }), Replica(Point(1)), Now)
        .Select(command => command.GetType()).Should().Equal(typeof(Command.CompleteInitialReplication), typeof(Command.RecordPoint));

    [Fact]
    public void A_failed_run_is_told_with_its_transience()
    {
        var run = Delta() with { Running = false, Error = new ReplicationFault("ORC3001", "gone", true) };

        ReplicationReports.Compare(States.Protected(), Source(run), Replica(), Now).Should().ContainSingle()
            .Which.Should().Be(new Command.ReportReplicationFailure(1, "ORC3001", "gone", true, Now));
    }

    [Fact]
    public void A_fault_of_the_replica_is_told() => ReplicationReports
        .Compare(States.Protected(), Source(Delta()), Replica() with { Fault = new ReplicationFault("ORC3007", "torn", false) }, Now)
        .Should().ContainSingle().Which.Should().Be(new Command.ReportReplicationFailure(1, "ORC3007", "torn", false, Now));

    [Fact]
    public void A_loss_is_told_unless_the_copy_that_repairs_it_runs()
    {
        var loss = new CaptureLoss("ORC2011", "The log is full.");
        var resyncing = States.Protected() with { Resync = new ResyncState.Running() };

        ReplicationReports.Compare(States.Protected(), Source(Delta()) with { Loss = loss }, Replica(), Now).Should().ContainSingle()
            .Which.Should().Be(new Command.MarkResync(1, "ORC2011: The log is full.", Now));
        ReplicationReports.Compare(resyncing, Source(Copy(10) with { Mode = CopyMode.Resync }) with { Loss = loss }, Replica(), Now)
            .Should().BeEmpty();
    }

    [Fact]
    public void Recovery_is_told_when_it_runs_again_after_a_failure() => ReplicationReports
        .Compare(States.Protected() with { Replication = new ReplicationState.Recovering(1, "ORC3001", "gone", 1) }, Source(Delta()), Replica(), Now)
        .Should().ContainSingle().Which.Should().Be(new Command.ReportReplicationRecovered(1, Now));

    [Fact]
    public void A_look_twice_tells_the_same_and_the_journal_takes_it_once()
    {
        ProtectedMachine.State state = States.Protected();
        var look = (Source(Delta()), Replica(Point(1), Point(2)));
        foreach (var command in ReplicationReports.Compare(state, look.Item1, look.Item2, Now))
        {
            state = ((Decision.Accepted)ProtectedMachine.Decide(state, command)).Events
                .Cast<ProtectedMachine.Event>().Aggregate(state, ProtectedMachine.Evolve);
        }

        ReplicationReports.Compare(state, look.Item1, look.Item2, Now).Should().BeEmpty();
    }

    private static SourceStatus Source(ReplicationProgress run) => new([], 1, false, null, run);

    private static ReplicationProgress Delta() => new(CopyMode.Delta, 0, true, true, 0, 0, 0, 0, 0, null);

    private static ReplicationProgress Copy(long done) => new(CopyMode.Initial, 0, true, false, 1000, done, 0, 0, 0, null);

    private static ReplicaStatus Replica(params ReplicaPointStatus[] points) => new("Receiving", true, 0, points, [], [], [], null);

    private static ReplicaPointStatus Point(int number, int delay = 1)
    {
        var point = States.Point(number);
        return new ReplicaPointStatus(
            point.Id.Value, number, point.Sequence, EpochKind.CrashConsistent, point.TakenAt, point.TakenAt.AddSeconds(delay));
    }
}

using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

public sealed class ProtectedMachine_while_protected
{
    [Fact]
    public void A_test_leaves_replication_alone_and_counts_once_it_is_cleaned_up()
    {
        var story = new Story().Protected().Test();
        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
        story.Point().StepsDone().Point();
        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
        story.StateIs<State.Protected>().PointCount.Should().Be(4);
        story.Cleanup().StepsDone();

        story.StateIs<State.Protected>().Test.Should().Be(new TestState.None());
        story.History.OfType<Event.TestFailoverCleanedUp>().Single().Should()
            .Match<Event.TestFailoverCleanedUp>(e => e.IsDrill && e.Notes == "went well");
    }

    [Fact]
    public void A_test_that_never_ran_is_no_drill_and_undoes_what_has_begun()
    {
        var nothing = new Story().Protected().Test().Cleanup();
        nothing.StateIs<State.Protected>().Test.Should().Be(new TestState.None());
        var half = new Story().Protected().Test().StepFails(isTransient: false).Cleanup();

        half.History.OfType<Event.TestCleanupStarted>().Single().Steps.Should().Equal(Step.CloseTestReplica);
        half.StepsDone().History.OfType<Event.TestFailoverCleanedUp>().Single().IsDrill.Should().BeFalse();
    }

    [Fact]
    public void Refuses_failovers_and_a_second_test_while_one_is_open()
    {
        var story = new Story().Protected().Test().StepsDone();

        story.When(s => new Command.StartTestFailover(s.NewOperation(), null, "ann", s.Now))
            .ThenRefused(RefusalCodes.TestOpen);
        foreach (var kind in Enum.GetValues<FailoverKind>())
            story.When(s => new Command.FailOver(s.NewOperation(), kind, null, "ann", s.Now))
                .ThenRefused(RefusalCodes.TestOpen);
        ((Decision.Refused)story.Last).Refusal.Advice.Should().Be("Clean the test up first.");
    }

    [Fact]
    public void Replication_is_retried_on_the_schedule_which_a_success_resets()
    {
        var story = new Story().Protected();
        for (var round = 0; round < 2; round++)
        {
            var waits = new List<double>();
            for (var attempt = 0; attempt < 7; attempt++)
            {
                story.ReplicationFails(isTransient: true);
                Desired(story.State).Mode.Should().Be(ReplicationMode.None);
                var waiting = (ReplicationState.Retrying)ReplicationOf(story.State)!;
                waits.Add((waiting.RetryAt - story.History[^1].At).TotalMinutes);
                story.Given(s => new Command.RetryReplication(waiting.Generation, s.Now));
                Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
            }

            waits.Should().Equal(1, 2, 4, 8, 10, 30, 30);
            story.Point();
            ReplicationOf(story.State).Should().BeOfType<ReplicationState.Normal>("a point that arrives proves it");
        }
    }

    [Fact]
    public void A_point_that_was_on_its_way_when_replication_failed_does_not_reset_the_schedule()
    {
        var story = new Story().Protected().ReplicationFails(isTransient: true)
            .Resume().ReplicationFails(isTransient: true).Point();

        ReplicationOf(story.State).Should().BeOfType<ReplicationState.Retrying>().Which.Attempt.Should().Be(2);
    }

    [Fact]
    public void Initial_replication_that_waits_for_an_operator_goes_on_waiting_when_its_log_is_lost()
    {
        var story = new Story().Copying().Given(s => new Command.ReportInitialProgress(s.Activation, 10, 20, s.Now))
            .ReplicationFails(isTransient: false).Given(s => new Command.MarkResync(s.Activation, "lost", s.Now));

        ReplicationOf(story.State).Should().BeOfType<ReplicationState.Stopped>();
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
    }

    [Fact]
    public void A_late_retry_timer_is_ignored()
    {
        var story = new Story().Protected().ReplicationFails(isTransient: true)
            .Resume().ReplicationFails(isTransient: true);

        story.When(s => new Command.RetryReplication(1, s.Now)).ThenNothing();
        story.When(s => new Command.RetryReplication(2, s.Now)).Then(typeof(Event.ReplicationRetried));
    }

    [Fact]
    public void Replication_that_failed_for_good_waits_for_an_operator()
    {
        var story = new Story().Protected().ReplicationFails(isTransient: false);

        Health(story.State).Level.Should().Be(HealthLevel.Critical);
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
        story.StateIs<State.Protected>();
        story.Resume();
        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
        story.When(s => new Command.ReportReplicationRecovered(s.Activation, s.Now))
            .Then(typeof(Event.ReplicationRecovered));
        Health(story.State).Level.Should().Be(HealthLevel.Normal);
    }

    [Fact]
    public void A_resync_pauses_deltas_and_keeps_the_points()
    {
        var story = Samples.Marked(new Story().Protected());
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
        story.Given(s => new Command.StartResync("schedule", s.Now));
        Desired(story.State).Mode.Should().Be(ReplicationMode.Resync);
        story.Given(s => new Command.CompleteResync(s.Activation, s.Now));

        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
        story.StateIs<State.Protected>().PointCount.Should().Be(2);
    }

    [Fact]
    public void A_log_lost_during_a_resync_marks_it_anew()
    {
        var story = Samples.Marked(Samples.Resyncing(new Story().Protected()));

        story.StateIs<State.Protected>().Resync.Should().BeOfType<ResyncState.Marked>();
        story.When(s => new Command.CompleteResync(s.Activation, s.Now)).ThenRefused(RefusalCodes.NotReplicating);
    }

    [Fact]
    public void A_log_lost_during_initial_replication_starts_it_anew()
    {
        var story = new Story().Copying().Given(s => new Command.ReportInitialProgress(s.Activation, 10, 20, s.Now));

        story.When(s => new Command.MarkResync(s.Activation, "lost", s.Now))
            .Then(typeof(Event.InitialReplicationStarted));
        story.StateIs<State.InitialReplication>().BytesDone.Should().Be(0);
    }

    [Fact]
    public void The_newest_point_and_the_one_under_test_never_expire()
    {
        var story = new Story().Protected().Point();
        var points = PointsOf(story.State);
        story.Given(s => new Command.StartTestFailover(s.NewOperation(), points[0].Id, "ann", s.Now));

        story.When(s => new Command.ExpirePoints([.. points.Select(p => p.Id)], s.Now))
            .Then(typeof(Event.RecoveryPointsExpired));

        PointsOf(story.State).Should().Equal(points[0], points[2]);
    }

    [Fact]
    public void A_point_that_has_expired_cannot_be_chosen()
    {
        var story = new Story().Protected();
        var old = PointsOf(story.State)[0].Id;
        story.Given(s => new Command.ExpirePoints([old], s.Now));

        story.When(s => new Command.FailOver(s.NewOperation(), FailoverKind.Unplanned, old, "ann", s.Now))
            .ThenRefused(RefusalCodes.PointNotFound);
    }

    [Fact]
    public void Allowed_operations_are_those_of_the_state()
    {
        Allowed(new Story()).Should().Equal(MachineOperation.Enable);
        Allowed(new Story().Copying()).Should().Equal(MachineOperation.Disable);
        Allowed(new Story().Protected()).Should().Equal(
            MachineOperation.TestFailover, MachineOperation.PlannedFailover, MachineOperation.UnplannedFailover,
            MachineOperation.Resync, MachineOperation.Disable);
        Allowed(new Story().Protected().Test().StepsDone()).Should().Equal(
            MachineOperation.CleanUpTest, MachineOperation.Resync, MachineOperation.Disable);
        Allowed(new Story().Protected().FailOver(FailoverKind.Planned)).Should().Equal(MachineOperation.Cancel);
        Allowed(new Story().Protected().FailedOver(FailoverKind.Planned)).Should().Equal(
            MachineOperation.ChangePoint, MachineOperation.Commit, MachineOperation.Cancel);
        Allowed(new Story().Protected().Committed(FailoverKind.Planned)).Should().Equal(
            MachineOperation.ReverseReplicate, MachineOperation.Disable);

        static IEnumerable<MachineOperation> Allowed(Story story) =>
            AllowedOperations(story.State).Where(verdict => verdict.IsAllowed).Select(verdict => verdict.Operation);
    }
}

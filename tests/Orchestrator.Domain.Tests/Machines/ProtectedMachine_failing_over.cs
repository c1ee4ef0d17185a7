using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

public sealed class ProtectedMachine_failing_over
{
    [Fact]
    public void Planned_ends_at_the_final_point_without_loss()
    {
        var story = new Story().Protected().FailedOver(FailoverKind.Planned);

        var state = story.StateIs<State.FailedOver>();
        state.From.Points.Find(state.Point)!.Kind.Should().Be(RecoveryPointKind.Final);
        state.Loss.Should().Be(TimeSpan.Zero);
        state.Failover.Should().Match<Failover>(f => f.SourceStopped && f.SourceFenced);
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
    }

    [Fact]
    public void Planned_does_not_pass_verification_before_the_final_point_is_recorded()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Planned).StepDone().StepBegun();
        story.Given(s => new Command.CompleteStep(s.Due.Operation, Step.DrainChanges, "", s.Now)).StepBegun();

        story.When(s => new Command.CompleteStep(s.Due.Operation, Step.VerifyReplica, "", s.Now))
            .Then(typeof(Event.StepFailed));
        story.Due.NotBefore.Should().NotBeNull();
        story.Point(RecoveryPointKind.Final).StepsDone().StateIs<State.FailedOver>();
    }

    [Fact]
    public void A_final_point_of_a_cancelled_failover_does_not_serve_the_next_one()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Planned).StepsDone(2).Cancel().StepsDone();
        story.StateIs<State.Protected>().Latest!.Kind.Should().Be(RecoveryPointKind.Final);
        story.FailOver(FailoverKind.Planned).StepDone().StepBegun();
        story.Given(s => new Command.CompleteStep(s.Due.Operation, Step.DrainChanges, "", s.Now)).StepBegun();

        story.When(s => new Command.CompleteStep(s.Due.Operation, Step.VerifyReplica, "", s.Now))
            .Then(typeof(Event.StepFailed));
    }

    [Fact]
    public void Planned_is_refused_while_replication_is_sick_and_unplanned_is_not()
    {
        Func<Story>[] sick =
        [
            () => new Story().Protected().ReplicationFails(isTransient: true),
            () => new Story().Protected().ReplicationFails(isTransient: false),
            () => Samples.Marked(new Story().Protected()),
            () => Samples.Resyncing(new Story().Protected()),
        ];
        foreach (var story in sick)
        {
            story().When(s => new Command.FailOver(s.NewOperation(), FailoverKind.Planned, null, "ann", s.Now))
                .ThenRefused(RefusalCodes.ReplicationNotHealthy);
            story().FailedOver(FailoverKind.Unplanned).StateIs<State.FailedOver>();
        }
    }

    [Fact]
    public void Unplanned_goes_on_without_the_source_and_says_what_may_be_lost()
    {
        var story = new Story().Protected();
        var point = story.StateIs<State.Protected>().Latest!;
        story.FailOver(FailoverKind.Unplanned).StepFails(isTransient: true).StepFails(isTransient: false).StepsDone();

        var state = story.StateIs<State.FailedOver>();
        var fencingEnded = story.History.OfType<Event.StepSkipped>().Last().At;
        state.Point.Should().Be(point.Id);
        state.Loss.Should().Be(fencingEnded - point.TakenAt, "the source may have written until then");
        state.Failover.SourceFenced.Should().BeFalse();
        Health(story.State).Select(reason => reason.Code).Should().Contain(RefusalCodes.SourceNotFenced);
        story.Commit().StepsDone();
        Health(story.State).Select(reason => reason.Code).Should().Contain(RefusalCodes.SourceNotFenced);
    }

    [Fact]
    public void Unplanned_counts_the_loss_up_to_when_the_source_stopped()
    {
        var story = new Story().Protected();
        var point = story.StateIs<State.Protected>().Latest!;
        story.FailedOver(FailoverKind.Unplanned);

        var stopped = story.History.OfType<Event.StepCompleted>().Single(e => e.Step == Step.StopSource).At;
        story.StateIs<State.FailedOver>().Loss.Should().Be(stopped - point.TakenAt);
    }

    [Fact]
    public void Points_that_arrive_until_the_activation_begins_count_and_later_ones_do_not()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Unplanned).StepsDone(2).Point();
        var late = story.State.Should().BeOfType<State.FailingOver>().Subject.From.Latest!.Id;
        story.StepBegun();

        story.Due.Point.Should().Be(late);
        story.When(s => new Command.RecordPoint(s.Activation, s.NewPoint(), s.Now))
            .ThenRefused(RefusalCodes.NotReplicating);
        story.StepsDone().StateIs<State.FailedOver>().Point.Should().Be(late);
    }

    [Fact]
    public void Ships_changes_until_the_source_is_fenced()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Planned).StepsDone(3);
        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta);
        story.StepBegun();
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
    }

    [Fact]
    public void Acts_under_the_next_fencing_number_while_the_source_still_reports_under_its_own()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Unplanned);

        story.Due.Activation.Should().Be(2);
        Desired(story.State).Activation.Should().Be(1);
    }

    [Fact]
    public void Goes_to_another_point_and_commits()
    {
        var story = new Story().Protected().Point();
        var points = story.StateIs<State.Protected>().Points;
        story.FailedOver(FailoverKind.Unplanned);
        var before = story.StateIs<State.FailedOver>();
        before.Point.Should().Be(points[2].Id);

        story.Given(s => new Command.ChangePoint(s.NewOperation(), points[0].Id, "ann", s.Now)).StepsDone();

        var after = story.StateIs<State.FailedOver>();
        after.Point.Should().Be(points[0].Id);
        after.Loss.Should().Be(before.Loss + (points[2].TakenAt - points[0].TakenAt));
        after.Failover.Activation.Should().Be(before.Failover.Activation + 1);
        story.Commit().StepsDone();
        PointsOf(story.State).Should().BeEmpty("commit deletes the points");
        story.When(s => new Command.ChangePoint(s.NewOperation(), points[1].Id, "ann", s.Now))
            .ThenRefused(RefusalCodes.AlreadyCommitted);
        story.When(s => new Command.Cancel(s.NewOperation(), "ann", s.Now)).ThenRefused(RefusalCodes.AlreadyCommitted);
    }

    [Fact]
    public void Another_point_can_be_chosen_when_the_first_proves_unusable()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Unplanned).StepsDone(2).StepFails(isTransient: false);
        var points = PointsOf(story.State);
        NextStep(story.State).Should().BeNull("it waits for an operator");

        story.Given(s => new Command.ChangePoint(s.NewOperation(), points[0].Id, "ann", s.Now)).StepsDone(2)
            .StepFails(isTransient: false);
        story.Given(s => new Command.ChangePoint(s.NewOperation(), points[1].Id, "ann", s.Now)).StepsDone();

        story.StateIs<State.FailedOver>().Point.Should().Be(points[1].Id);
    }

    [Fact]
    public void Can_be_cancelled_at_every_step_and_undoes_what_has_begun()
    {
        foreach (var kind in Enum.GetValues<FailoverKind>())
        {
            var started = new Story().Protected().FailOver(kind).History.OfType<Event.FailoverStarted>().Single();
            var count = started.Steps.Count;
            for (var done = 0; done < count; done++)
            {
                CancelAndExpectTheSource(new Story().Protected().FailOver(kind).StepsDone(done));
                CancelAndExpectTheSource(new Story().Protected().FailOver(kind).StepsDone(done).StepBegun());
                CancelAndExpectTheSource(
                    new Story().Protected().FailOver(kind).StepsDone(done).StepFails(isTransient: true));
            }

            CancelAndExpectTheSource(new Story().Protected().FailedOver(kind));
        }
    }

    [Fact]
    public void Can_be_cancelled_at_every_step_of_a_change_of_point()
    {
        for (var done = 0; done < 4; done++)
        {
            CancelAndExpectTheSource(Samples.ChangingPoint(new Story()).StepsDone(done));
            CancelAndExpectTheSource(Samples.ChangingPoint(new Story()).StepsDone(done).StepBegun());
        }
    }

    private static void CancelAndExpectTheSource(Story story)
    {
        var points = PointsOf(story.State);
        var began = story.History.OfType<Event.StepStarted>().Select(e => e.Step).ToHashSet();
        var highest = HighestActivation(story.State);
        story.Cancel();

        var steps = story.History.OfType<Event.CancelStarted>().Last().Steps;
        steps.Contains(Step.StopMachine).Should().Be(began.Contains(Step.StartMachine));
        steps.Contains(Step.DeactivateReplica).Should().Be(began.Contains(Step.ActivateReplica));
        steps.Should().EndWith(Step.ResumeSource);
        var state = story.StepsDone().StateIs<State.Protected>();
        state.Points.Should().Equal(points);
        state.Protection.Direction.Should().Be(Direction.Forward);
        state.Protection.Activation.Should().Be(highest + 1);
        Desired(story.State).Mode.Should().Be(ReplicationMode.Delta, "the change log is kept until commit");
    }

    [Fact]
    public void A_cancel_that_finds_the_source_gone_can_turn_into_a_failover()
    {
        var story = new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel().StepFails(isTransient: true);
        story.FailOver(FailoverKind.Unplanned);

        story.History.OfType<Event.FailoverStarted>().Last().Steps.Should().Equal(
            Step.StopSource, Step.FenceSource, Step.StopMachine, Step.DeactivateReplica, Step.ActivateReplica,
            Step.StartMachine);
        story.Due.Activation.Should().Be(4);
        story.Cancel().StepsDone().StateIs<State.Protected>().Protection.Activation.Should().Be(5);
    }

    [Fact]
    public void A_cancel_under_way_is_not_interrupted() =>
        new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel()
            .When(s => new Command.FailOver(s.NewOperation(), FailoverKind.Unplanned, null, "ann", s.Now))
            .ThenRefused(RefusalCodes.OperationInProgress);

    [Fact]
    public void Refuses_a_second_failover_with_another_id_and_ignores_the_first_again()
    {
        var story = new Story().Protected();
        var id = story.NewOperation();
        story.Given(s => new Command.FailOver(id, FailoverKind.Unplanned, null, "ann", s.Now));

        story.When(s => new Command.FailOver(s.NewOperation(), FailoverKind.Unplanned, null, "bob", s.Now))
            .ThenRefused(RefusalCodes.OperationInProgress);
        story.When(s => new Command.FailOver(id, FailoverKind.Unplanned, null, "ann", s.Now)).ThenNothing();
        story.StepsDone().When(s => new Command.FailOver(id, FailoverKind.Unplanned, null, "ann", s.Now)).ThenNothing();
    }

    [Fact]
    public void Late_replies_of_an_operation_that_is_over_are_refused()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Unplanned).StepBegun();
        var late = story.Due;
        story.Cancel();

        story.When(s => new Command.CompleteStep(late.Operation, late.Step, "", s.Now))
            .ThenRefused(RefusalCodes.StepNotDue);
        story.When(s => new Command.BeginStep(late.Operation, late.Step, s.Now)).ThenRefused(RefusalCodes.StepNotDue);
    }

    [Fact]
    public void A_step_that_fails_transiently_is_tried_again_on_the_schedule()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Planned);
        var waits = new List<double>();
        for (var attempt = 0; attempt < 7; attempt++)
        {
            story.StepFails(isTransient: true);
            waits.Add((story.Due.NotBefore!.Value - story.History[^1].At).TotalMinutes);
        }

        waits.Should().Equal(1, 2, 4, 8, 10, 30, 30);
    }

    [Fact]
    public void A_step_that_fails_for_good_waits_for_an_operator()
    {
        var story = new Story().Protected().FailOver(FailoverKind.Planned).StepFails(isTransient: false);

        NextStep(story.State).Should().BeNull();
        Health(story.State).Level.Should().Be(HealthLevel.Critical);
        story.When(s => new Command.BeginStep(WorkflowOf(s.State)!.Operation, Step.QuiesceSource, s.Now))
            .ThenRefused(RefusalCodes.StepNotDue);
        story.Resume().StepsDone().StateIs<State.FailedOver>();
    }
}

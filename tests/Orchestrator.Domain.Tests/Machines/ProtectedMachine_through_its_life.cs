using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

public sealed class ProtectedMachine_through_its_life
{
    [Fact]
    public void Fails_over_and_back_twice()
    {
        var story = new Story().Protected();
        var fencing = new List<long> { story.Activation };

        for (var half = 0; half < 4; half++)
        {
            var here = ProtectionOf(story.State)!.ActiveSite;
            story.Committed(FailoverKind.Planned);
            ProtectionOf(story.State)!.ActiveSite.Should().NotBe(here);
            ProtectionOf(story.State)!.StandbySite.Should().Be(here);
            story.Reverse().StepsDone();
            story.StateIs<State.InitialReplication>().IsResync.Should().BeTrue("the old disks are the seed");
            Desired(story.State).Mode.Should().Be(ReplicationMode.Resync);
            story.CopyDone();
            fencing.Add(story.Activation);
        }

        story.StateIs<State.Protected>().Protection.Direction.Should().Be(Direction.Forward);
        fencing.Should().Equal(1, 2, 3, 4, 5);
    }

    [Fact]
    public void Replicates_in_full_first_and_only_changes_after()
    {
        var story = new Story().Enabling();
        Desired(story.State).Mode.Should().Be(ReplicationMode.None);
        story.StepsDone();
        Desired(story.State).Should().Be(new ReplicationIntent(ReplicationMode.Initial, Direction.Forward, 1));
        story.CopyDone();
        Desired(story.State).Should().Be(new ReplicationIntent(ReplicationMode.Delta, Direction.Forward, 1));
    }

    [Fact]
    public void A_new_life_goes_on_counting_activations()
    {
        var story = new Story().Protected().Committed(FailoverKind.Unplanned).Disable().StepsDone();

        story.StateIs<State.Unprotected>().LastActivation.Should().Be(2);
        story.Enabling().Activation.Should().Be(3);
    }

    [Fact]
    public void Reverses_by_itself_after_a_planned_failover_where_the_table_says_so()
    {
        var story = new Story().Protected(ScenarioId.S6).Committed(FailoverKind.Planned);

        story.StateIs<State.InitialReplication>().IsResync.Should().BeTrue();
        var reverse = story.History.OfType<Event.ReverseReplicationStarted>().Single();
        reverse.Caller.Should().Be("ann", "the commit was hers");
        new Story().Protected(ScenarioId.S6).Committed(FailoverKind.Unplanned).StateIs<State.Committed>();
        new Story().Protected(ScenarioId.S0).Committed(FailoverKind.Planned).StateIs<State.Committed>();
    }

    [Theory]
    [InlineData(ScenarioId.S1, FailoverKind.Planned)]
    [InlineData(ScenarioId.S5, FailoverKind.Planned)]
    public void Refuses_a_failover_that_the_scenario_does_not_have(ScenarioId scenario, FailoverKind kind) =>
        new Story().Protected(scenario).When(s => new Command.FailOver(s.NewOperation(), kind, null, "ann", s.Now))
            .ThenRefused(RefusalCodes.NotInScenario);

    [Fact]
    public void Fails_back_from_Azure_to_Hyper_V_planned_only()
    {
        var story = new Story().Protected(ScenarioId.S3).Committed(FailoverKind.Unplanned)
            .Reverse().StepsDone().CopyDone();

        story.When(s => new Command.StartTestFailover(s.NewOperation(), null, "ann", s.Now))
            .ThenRefused(RefusalCodes.NotInScenario);
        story.When(s => new Command.FailOver(s.NewOperation(), FailoverKind.Unplanned, null, "ann", s.Now))
            .ThenRefused(RefusalCodes.NotInScenario);
        story.Committed(FailoverKind.Planned).StateIs<State.Committed>();
    }

    [Theory]
    [InlineData(ScenarioId.S3, 7)]
    [InlineData(ScenarioId.S3, 900)]
    [InlineData(ScenarioId.S1, 4)]
    [InlineData(ScenarioId.S1, 3601)]
    public void Refuses_recovery_points_as_often_as_the_scenario_cannot(ScenarioId scenario, int seconds) =>
        new Story().When(s => s.EnableCommand(scenario) with { PointInterval = TimeSpan.FromSeconds(seconds) })
            .ThenRefused(RefusalCodes.InvalidRequest);

    [Fact]
    public void Refuses_what_cannot_be_protected()
    {
        Refuses(c => c with { Recovery = c.Primary });
        Refuses(c => c with { Disks = [] });
        Refuses(c => c with { Disks = [new DiskSpec(1, "/d", 1)] });
        Refuses(c => c with { Disks = [new DiskSpec(0, "/d", 0)] });
        Refuses(c => c with { Disks = [new DiskSpec(0, " ", 1)] });
        DiskList tooMany = [.. Enumerable.Range(0, DiskList.MaxDisks + 1).Select(i => new DiskSpec(i, "/d", 1))];
        Refuses(c => c with { Disks = tooMany });
        Refuses(c => c with { Scenario = (ScenarioId)99 });

        static void Refuses(Func<Command.Enable, Command.Enable> change) =>
            new Story().When(s => change(s.EnableCommand())).ThenRefused(RefusalCodes.InvalidRequest);
    }

    [Fact]
    public void Disables_in_every_settled_state_and_undoes_what_has_begun()
    {
        Steps(new Story().Enabling()).Should().BeEmpty();
        Steps(new Story().Enabling().StepBegun()).Should().Equal(Step.DetachSource);
        Steps(new Story().Enabling().StepDone().StepBegun()).Should().Equal(Step.RemoveReplica, Step.DetachSource);
        Steps(new Story().Copying()).Should().Equal(Step.StopReplication, Step.RemoveReplica, Step.DetachSource);
        Steps(new Story().Protected()).Should().Equal(Step.StopReplication, Step.RemoveReplica, Step.DetachSource);
        Steps(new Story().Protected().Test().StepsDone()).Should().Equal(
            Step.StopTestMachine, Step.CloseTestReplica, Step.StopReplication, Step.RemoveReplica, Step.DetachSource);
        Steps(new Story().Protected().Committed(FailoverKind.Planned)).Should().Equal(Step.ReleaseSource);
        Steps(new Story().Protected().Committed(FailoverKind.Planned).Reverse()).Should().Equal(Step.ReleaseSource);
        Steps(new Story().Protected().Committed(FailoverKind.Planned).Reverse().LastStepBegun()).Should().Equal(
            Step.ReleaseSource, Step.RemoveReplica, Step.DetachSource);

        static StepList Steps(Story story)
        {
            story.Disable();
            var steps = story.History.OfType<Event.DisableStarted>().Single().Steps;
            story.StepsDone().StateIs<State.Unprotected>();
            return steps;
        }
    }

    [Fact]
    public void Refuses_to_disable_while_it_is_not_settled_which_site_is_active()
    {
        Story[] stories =
        [
            new Story().Protected().FailOver(FailoverKind.Unplanned),
            new Story().Protected().FailedOver(FailoverKind.Unplanned),
            Samples.ChangingPoint(new Story()),
            new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel(),
            new Story().Protected().FailedOver(FailoverKind.Unplanned).Commit(),
        ];
        foreach (var story in stories)
        {
            story.When(s => new Command.Disable(s.NewOperation(), "ann", s.Now));
            story.Last.Should().BeOfType<Decision.Refused>();
        }
    }

    [Fact]
    public void Ends_protection_although_the_other_site_is_gone()
    {
        var story = new Story().Protected().Disable();
        for (var attempt = 0; attempt < 9; attempt++) story.StepFails(isTransient: false);

        story.StateIs<State.Unprotected>();
        story.History.OfType<Event.StepSkipped>().Select(e => e.Step).Should()
            .Equal(Step.StopReplication, Step.RemoveReplica, Step.DetachSource);
    }

    [Fact]
    public void A_report_of_an_earlier_activation_is_refused()
    {
        var story = new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel().StepsDone();
        story.Activation.Should().Be(3, "failover and cancel activated a site each");

        story.When(s => new Command.RecordPoint(1, s.NewPoint(), s.Now)).ThenRefused(RefusalCodes.StaleActivation);
        story.Point();
    }

    [Fact]
    public void Refuses_to_protect_a_machine_twice() =>
        new Story().Protected().When(s => s.EnableCommand()).ThenRefused(RefusalCodes.AlreadyProtected);

    [Fact]
    public void An_operation_id_serves_one_request_only()
    {
        var story = new Story().Protected();
        var id = story.NewOperation();
        story.Given(s => new Command.StartTestFailover(id, null, "ann", s.Now));

        story.When(s => new Command.StartTestFailover(id, null, "ann", s.Now)).ThenNothing();
        story.When(s => new Command.Disable(id, "ann", s.Now)).ThenRefused(RefusalCodes.OperationIdReused);
    }

    [Fact]
    public void Old_operation_ids_are_forgotten_but_not_the_recent_ones()
    {
        var story = new Story().Protected();
        var first = story.NewOperation();
        story.Given(s => new Command.StartTestFailover(first, null, "ann", s.Now)).Cleanup();
        while (story.State.Operations.Find(first) is not null) story.StepsDone().Test().Cleanup();

        story.State.Operations.Should().HaveCount(RecentOperations.Limit);
    }
}

using Orchestrator.Contracts;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using static Orchestrator.Control.Tests.Projections.History;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>The job of each operation, from its events.</summary>
public sealed class JobProjectionTests
{
    private static readonly Protection Protection = new(
        new MachineId("web-1"), ScenarioId.S0, new SiteName("berlin"), new SiteName("paris"),
        [new DiskSpec(0, "/disks/web.raw", 1 << 20)], TimeSpan.FromSeconds(30), Direction.Forward, 1);

    [Fact]
    public void Enabling_ends_when_protection_is_enabled_and_not_when_the_disks_are_copied()
    {
        var history = new History().Given(
            at => new Event.ProtectionEnablingStarted(First, Protection, [Step.AttachSource, Step.PrepareReplica], "alice", at),
            at => new Event.StepStarted(First, Step.AttachSource, at),
            at => new Event.StepCompleted(First, Step.AttachSource, "1 disk", at));
        history.Job.Should().BeEquivalentTo(new JobView(
            First.Value, "web-1", "protect", "InProgress", "alice", At(1), null,
            [Done(Step.AttachSource, 2, 3, "1 disk"), NotStarted(Step.PrepareReplica)], null));
        history.Jobs.Current.Should().BeEquivalentTo(history.Job);

        history.Passes(First, Step.PrepareReplica).Given(
            at => new Event.ProtectionEnabled(First, at),
            at => new Event.InitialReplicationStarted(false, at),
            at => new Event.InitialReplicationProgressed(1, 2, at));

        history.Job.Should().BeEquivalentTo(new JobView(
            First.Value, "web-1", "protect", "Succeeded", "alice", At(1), At(6),
            [Done(Step.AttachSource, 2, 3, "1 disk"), Done(Step.PrepareReplica, 4, 5)],
            "The machine is protected; its disks are being copied."));
        history.Jobs.Current.Should().BeNull();
    }

    [Fact]
    public void A_test_failover_ends_when_the_test_machine_runs_and_its_cleanup_is_a_job_of_its_own()
    {
        var history = new History().StartsTest(First).Passes(First, Step.OpenTestReplica, Step.StartTestMachine)
            .Given(at => new Event.TestFailoverCompleted(First, at))
            .Given(at => new Event.TestCleanupStarted(Second, "fine", [Step.StopTestMachine, Step.CloseTestReplica], "bob", at))
            .Passes(Second, Step.StopTestMachine, Step.CloseTestReplica)
            .Given(at => new Event.TestFailoverCleanedUp(Second, "fine", true, at));

        history.Jobs.Jobs.Should().BeEquivalentTo(
            [
                new JobView(Second.Value, "web-1", OperationKinds.CleanUpTest, "Succeeded", "bob", At(7), At(12),
                    [Done(Step.StopTestMachine, 8, 9), Done(Step.CloseTestReplica, 10, 11)],
                    "The test is over and counts as a drill. Notes: fine"),
                new JobView(First.Value, "web-1", OperationKinds.TestFailover, "Succeeded", "alice", At(1), At(6),
                    [Done(Step.OpenTestReplica, 2, 3), Done(Step.StartTestMachine, 4, 5)], "The test machine runs."),
            ],
            options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_planned_failover_loses_nothing()
    {
        var history = new History().StartsPlannedFailover(First)
            .Passes(First, Step.QuiesceSource, Step.DrainChanges, Step.VerifyReplica, Step.FenceSource, Step.ActivateReplica, Step.StartMachine)
            .Given(at => new Event.FailoverCompleted(First, Point, TimeSpan.Zero, at));

        history.Job.Should().BeEquivalentTo(new
        {
            Kind = OperationKinds.PlannedFailover, State = "Succeeded", EndedAt = At(14),
            Outcome = $"The machine runs at the target from recovery point {Point}; nothing is lost.",
        });
        history.Job.Tasks.Should().HaveCount(6).And.OnlyContain(task => task.State == "Succeeded");
    }

    [Fact]
    public void An_unplanned_failover_tells_what_it_left_out_and_what_is_lost()
    {
        var history = new History().StartsUnplannedFailover(First)
            .Given(
                at => new Event.StepStarted(First, Step.StopSource, at),
                at => new Event.StepSkipped(First, Step.StopSource, "ORC3001", "No answer.", at))
            .Passes(First, Step.FenceSource, Step.ActivateReplica, Step.StartMachine)
            .Given(at => new Event.FailoverCompleted(First, Point, TimeSpan.FromSeconds(2.5), at));

        history.Job.Tasks[0].Should().Be(new TaskView("StopSource", "Skipped", At(2), At(3), "ORC3001: No answer.", null));
        history.Job.Kind.Should().Be(OperationKinds.UnplannedFailover);
        history.Job.Outcome.Should().Be(
            $"The machine runs at the target from recovery point {Point}; writes of at most 2.5 s are lost. Left out: StopSource.");
    }

    [Fact]
    public void Changing_the_point_committing_and_reversing_are_jobs()
    {
        var history = new History()
            .Given(at => new Event.PointChangeStarted(First, Point, 3, [Step.ActivateReplica], "alice", at))
            .Passes(First, Step.ActivateReplica).Given(at => new Event.PointChanged(First, Point, TimeSpan.FromSeconds(4), at))
            .Given(at => new Event.CommitStarted(Second, [Step.CommitReplica], "alice", at))
            .Passes(Second, Step.CommitReplica).Given(at => new Event.Committed(Second, at))
            .Given(at => new Event.ReverseReplicationStarted(Third, [Step.AttachSource], "alice", at))
            .Passes(Third, Step.AttachSource).Given(at => new Event.ReverseReplicationEstablished(Third, at));

        history.Jobs.Jobs.Select(job => (job.Kind, job.State, job.EndedAt, job.Outcome)).Should().Equal(
            (OperationKinds.Reverse, "Succeeded", At(12), "The other direction is ready to replicate."),
            (OperationKinds.Commit, "Succeeded", At(8), "The failover is final."),
            (OperationKinds.ChangePoint, "Succeeded", At(4),
                $"The machine runs at the target from recovery point {Point}; writes of at most 4 s are lost."));
    }

    [Fact]
    public void A_commit_that_reverses_by_itself_stays_one_job()
    {
        var history = new History()
            .Given(at => new Event.CommitStarted(First, [Step.CommitReplica], "alice", at)).Passes(First, Step.CommitReplica)
            .Given(
                at => new Event.Committed(First, at),
                at => new Event.ReverseReplicationStarted(First, [Step.ReleaseSource, Step.AttachSource], "alice", at));
        history.Job.Should().BeEquivalentTo(new { State = "InProgress", EndedAt = (DateTimeOffset?)null, Outcome = (string?)null });

        history.Passes(First, Step.ReleaseSource, Step.AttachSource).Given(at => new Event.ReverseReplicationEstablished(First, at));

        history.Jobs.Jobs.Should().BeEquivalentTo(
        [
            new JobView(First.Value, "web-1", OperationKinds.Commit, "Succeeded", "alice", At(1), At(10),
                [Done(Step.CommitReplica, 2, 3), Done(Step.ReleaseSource, 6, 7), Done(Step.AttachSource, 8, 9)],
                "The failover is final. The other direction is ready to replicate."),
        ]);
    }

    [Fact]
    public void Ending_protection_that_has_nothing_to_do_ends_at_once()
    {
        var history = new History().Given(
            at => new Event.DisableStarted(First, [], "alice", at), at => new Event.ProtectionDisabled(First, at));

        history.Job.Should().BeEquivalentTo(new JobView(
            First.Value, "web-1", OperationKinds.Disable, "Succeeded", "alice", At(1), At(2), [], "The machine is not protected any more."));
    }

    [Fact]
    public void Resynchronizing_and_recovery_points_are_no_jobs()
    {
        var history = new History().Given(
            at => new Event.ResyncMarked("The log is lost.", at), at => new Event.ResyncStarted("alice", at),
            at => new Event.RecoveryPointsExpired([Point], at), at => new Event.Resumed(First, "alice", at));

        history.Jobs.Jobs.Should().BeEmpty();
        history.Jobs.Find(First.Value).Should().BeNull();
    }
}

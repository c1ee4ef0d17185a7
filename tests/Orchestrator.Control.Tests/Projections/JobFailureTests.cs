using Orchestrator.Contracts;
using Orchestrator.Domain.Machines;
using static Orchestrator.Control.Tests.Projections.History;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>Jobs whose steps fail, and jobs that others take over.</summary>
public sealed class JobFailureTests
{
    [Fact]
    public void A_failed_step_suspends_its_job_until_it_is_tried_again()
    {
        var history = new History().StartsTest(First).Fails(First, Step.OpenTestReplica, retryAt: 10);
        history.Job.Should().BeEquivalentTo(new { State = "Suspended", EndedAt = (DateTimeOffset?)null });
        history.Job.Tasks[0].Should().Be(
            new TaskView("OpenTestReplica", "Failed", At(2), At(3), "ORC3001: No answer. (attempt 1)", At(10)));

        history.Given(at => new Event.StepStarted(First, Step.OpenTestReplica, at));
        history.Job.State.Should().Be("InProgress");
        history.Job.Tasks[0].Should().Be(
            new TaskView("OpenTestReplica", "InProgress", At(2), null, "ORC3001: No answer. (attempt 1)", null),
            "the first start counts, and the last failure shows while the step is tried again");

        history.Given(at => new Event.StepCompleted(First, Step.OpenTestReplica, "opened", at));
        history.Job.Tasks[0].Should().Be(Done(Step.OpenTestReplica, 2, 5, "opened"));
    }

    [Fact]
    public void A_step_that_waits_for_the_operator_goes_on_when_it_is_resumed()
    {
        var resume = Second;
        var history = new History().StartsTest(First).Passes(First, Step.OpenTestReplica).Fails(First, Step.StartTestMachine);
        history.Job.Tasks[1].Should().BeEquivalentTo(new { State = "Failed", RetryAt = (DateTimeOffset?)null });

        history.Given(at => new Event.Resumed(resume, "bob", at));
        history.Job.Tasks[1].Should().BeEquivalentTo(new { State = "Failed", RetryAt = At(6) });
        history.Jobs.Jobs.Should().ContainSingle("a resume is no job");
        history.Jobs.Find(resume.Value).Should().BeEquivalentTo(history.Job);

        history.Passes(First, Step.StartTestMachine).Given(at => new Event.TestFailoverCompleted(First, at));
        history.Job.Should().BeEquivalentTo(new { State = "Succeeded", Outcome = "The test machine runs. Resumed by bob." });
        history.Jobs.Find(resume.Value).Should().BeEquivalentTo(history.Job);
    }

    [Fact]
    public void A_resume_of_replication_does_not_touch_a_job_that_has_not_failed()
    {
        var history = new History().StartsTest(First).Given(at => new Event.StepStarted(First, Step.OpenTestReplica, at));
        var before = history.Job;

        history.Given(at => new Event.Resumed(Second, "bob", at), at => new Event.ReplicationRetried(1, at));

        history.Job.Should().BeEquivalentTo(before);
    }

    [Fact]
    public void A_failover_that_is_cancelled_under_way_ends_as_cancelled()
    {
        var history = new History().StartsPlannedFailover(First).Passes(First, Step.QuiesceSource)
            .Given(at => new Event.StepStarted(First, Step.DrainChanges, at))
            .Given(at => new Event.CancelStarted(Second, 3, [Step.ResumeSource], "bob", at));

        history.Jobs.Find(First.Value).Should().BeEquivalentTo(new
        {
            State = "Cancelled", EndedAt = At(5), Outcome = $"Taken over by cancel {Second} of bob.",
            Tasks = new[]
            {
                Done(Step.QuiesceSource, 2, 3),
                new TaskView("DrainChanges", "Failed", At(4), At(5), "Abandoned while under way; its effect may exist.", null),
                NotStarted(Step.VerifyReplica), NotStarted(Step.FenceSource), NotStarted(Step.ActivateReplica), NotStarted(Step.StartMachine),
            },
        });

        history.Passes(Second, Step.ResumeSource).Given(at => new Event.FailoverCancelled(Second, at));
        history.Job.Should().BeEquivalentTo(
            new { Id = Second.Value, Kind = OperationKinds.Cancel, State = "Succeeded", Outcome = "The machine runs at the source again." });
        history.Jobs.Find(First.Value)!.State.Should().Be("Cancelled");
    }

    [Fact]
    public void A_failover_that_is_cancelled_after_its_end_stays_succeeded()
    {
        var history = new History().StartsUnplannedFailover(First)
            .Passes(First, Step.StopSource, Step.FenceSource, Step.ActivateReplica, Step.StartMachine)
            .Given(at => new Event.FailoverCompleted(First, Point, TimeSpan.Zero, at))
            .Given(at => new Event.CancelStarted(Second, 3, [Step.ResumeSource], "bob", at));

        history.Jobs.Find(First.Value)!.State.Should().Be("Succeeded");
        history.Jobs.Current!.Id.Should().Be(Second.Value);
    }

    [Fact]
    public void A_suspended_job_that_another_takes_over_is_not_tried_again()
    {
        var history = new History().StartsTest(First).Fails(First, Step.OpenTestReplica, retryAt: 99)
            .Given(at => new Event.DisableStarted(Second, [Step.StopReplication], "bob", at));

        var taken = history.Jobs.Find(First.Value)!;
        taken.Should().BeEquivalentTo(new { State = "Cancelled", Outcome = $"Taken over by unprotect {Second} of bob." });
        taken.Tasks[0].Should().BeEquivalentTo(new { State = "Failed", EndedAt = At(3), RetryAt = (DateTimeOffset?)null });
    }

    [Fact]
    public void A_commit_whose_reversal_is_taken_over_still_tells_that_the_failover_is_final()
    {
        var history = new History()
            .Given(at => new Event.CommitStarted(First, [Step.CommitReplica], "alice", at)).Passes(First, Step.CommitReplica)
            .Given(
                at => new Event.Committed(First, at),
                at => new Event.ReverseReplicationStarted(First, [Step.ReleaseSource], "alice", at),
                at => new Event.DisableStarted(Second, [], "bob", at));

        history.Jobs.Find(First.Value)!.Outcome.Should().Be($"The failover is final. Taken over by unprotect {Second} of bob.");
    }
}

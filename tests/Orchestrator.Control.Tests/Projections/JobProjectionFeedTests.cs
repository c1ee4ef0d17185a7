using System.Text;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using static Orchestrator.Control.Tests.Projections.History;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>How events reach the jobs, and what becomes of a history with a hole.</summary>
public sealed class JobProjectionFeedTests
{
    [Fact]
    public void An_event_that_comes_twice_counts_once()
    {
        var jobs = new FoldedJobs("web-1");
        jobs.Apply(1, Start(1));
        jobs.Apply(2, new Event.StepStarted(Id(1), Step.CommitReplica, At(2)));

        jobs.Apply(1, Start(1));
        jobs.Apply(2, new Event.StepStarted(Id(1), Step.CommitReplica, At(3)));

        jobs.Jobs.Should().ContainSingle().Which.Tasks.Should().ContainSingle().Which.StartedAt.Should().Be(At(2));
    }

    [Fact]
    public void Behind_a_hole_nothing_counts_any_more_and_the_row_says_so()
    {
        var jobs = new FoldedJobs("web-1");
        jobs.Apply(1, Start(1));

        jobs.Apply(3, Start(2));
        jobs.Apply(4, Start(3));

        jobs.Jobs.Should().ContainSingle().Which.Id.Should().Be(Id(1).Value);
        Encoding.UTF8.GetString(jobs.Rows.All["last/web-1"]).Should().Contain("\"isBroken\":true");
        jobs.Rows.LastChanges.Should().BeEmpty("it is noted once");
    }

    [Fact]
    public void Events_of_an_operation_whose_start_was_not_seen_are_ignored()
    {
        var jobs = new FoldedJobs("web-1");

        jobs.Apply(1, new Event.StepStarted(Id(1), Step.CommitReplica, At(1)));
        jobs.Apply(2, new Event.StepFailed(Id(1), Step.CommitReplica, "c", "m", 1, null, At(1)));
        jobs.Apply(3, new Event.Committed(Id(1), At(1)));
        jobs.Apply(4, Start(2));
        jobs.Apply(5, new Event.Committed(Id(1), At(1)));

        jobs.Jobs.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Id = Id(2).Value, State = "InProgress" });
    }

    [Fact]
    public void All_jobs_are_kept_newest_first()
    {
        var jobs = new FoldedJobs("web-1");

        for (var i = 1; i <= 12; i++) jobs.Apply(i, Start(i));

        jobs.Jobs.Select(job => job.Id).Should().Equal(Enumerable.Range(1, 12).Reverse().Select(number => Id(number).Value));
        jobs.Find(Id(3).Value)!.State.Should().Be("Cancelled");
    }

    [Fact]
    public void An_operation_id_used_for_two_machines_is_a_job_of_each()
    {
        var rows = new FoldedJobs("web-1").Rows;
        rows.Apply("web-1", 1, Start(1));
        rows.Apply("web-2", 1, Start(1));

        rows.Below($"op/{Id(1).Value:N}/").Should().HaveCount(2);
        rows.Below("job/").Should().HaveCount(2);
    }

    private static OperationId Id(int number) => new(new Guid(number, 0, 0, new byte[8]));

    private static Event.CommitStarted Start(int number) => new(Id(number), [Step.CommitReplica], "alice", At(number));
}

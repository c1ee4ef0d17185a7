using Orchestrator.Control.Projections;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using static Orchestrator.Control.Tests.Projections.History;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>How events reach the projection, and how many jobs it keeps.</summary>
public sealed class JobProjectionFeedTests
{
    [Fact]
    public void An_event_that_comes_twice_counts_once()
    {
        var jobs = new JobProjection("web-1");
        jobs.Apply(7, Start(1));
        jobs.Apply(8, new Event.StepStarted(Id(1), Step.CommitReplica, At(2)));

        jobs.Apply(7, Start(1));
        jobs.Apply(8, new Event.StepStarted(Id(1), Step.CommitReplica, At(3)));

        jobs.LastSequence.Should().Be(8);
        jobs.Jobs.Should().ContainSingle().Which.Tasks.Should().ContainSingle().Which.StartedAt.Should().Be(At(2));
    }

    [Fact]
    public void A_gap_is_refused_and_nothing_is_taken_in()
    {
        var jobs = new JobProjection("web-1");
        jobs.Apply(1, Start(1));

        FluentActions.Invoking(() => jobs.Apply(3, Start(2)))
            .Should().Throw<InvalidOperationException>().WithMessage("*web-1*after 1 and before 3*");

        jobs.LastSequence.Should().Be(1);
        jobs.Jobs.Should().ContainSingle();
    }

    [Fact]
    public void Events_of_an_operation_whose_start_was_not_seen_are_ignored()
    {
        var jobs = new JobProjection("web-1");

        jobs.Apply(40, new Event.StepStarted(Id(1), Step.CommitReplica, At(1)));
        jobs.Apply(41, new Event.StepFailed(Id(1), Step.CommitReplica, "c", "m", 1, null, At(1)));
        jobs.Apply(42, new Event.Committed(Id(1), At(1)));
        jobs.Apply(43, Start(2));
        jobs.Apply(44, new Event.Committed(Id(1), At(1)));

        jobs.Jobs.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Id = Id(2).Value, State = "InProgress" });
    }

    [Fact]
    public void The_last_jobs_are_kept_newest_first()
    {
        var jobs = new JobProjection("web-1", limit: 3);

        for (var i = 1; i <= 5; i++) jobs.Apply(i, Start(i));

        jobs.Jobs.Select(job => job.Id).Should().Equal(Id(5).Value, Id(4).Value, Id(3).Value);
        jobs.Find(Id(2).Value).Should().BeNull();
        jobs.Find(Id(3).Value)!.State.Should().Be("Cancelled");
    }

    private static OperationId Id(int number) => new(new Guid(number, 0, 0, new byte[8]));

    private static Event.CommitStarted Start(int number) => new(Id(number), [Step.CommitReplica], "alice", At(number));
}

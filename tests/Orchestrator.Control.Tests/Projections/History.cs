using Orchestrator.Contracts;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>Events given one a second, folded as they come: event n happens at <c>At(n)</c>.</summary>
internal sealed class History
{
    public static readonly OperationId First = new(Guid.Parse("00000000-0000-0000-0000-000000000001"));
    public static readonly OperationId Second = new(Guid.Parse("00000000-0000-0000-0000-000000000002"));
    public static readonly OperationId Third = new(Guid.Parse("00000000-0000-0000-0000-000000000003"));
    public static readonly RecoveryPointId Point = new(Guid.Parse("a0000000-0000-0000-0000-00000000000b"));

    private long _sequence;

    public FoldedJobs Jobs { get; } = new("web-1");

    /// <summary>The newest job.</summary>
    public JobView Job => Jobs.Jobs[0];

    public static DateTimeOffset At(double second) => new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second);

    public History Given(params Func<DateTimeOffset, Event>[] events)
    {
        foreach (var make in events)
        {
            _sequence++;
            Jobs.Apply(_sequence, make(At(_sequence)));
        }

        return this;
    }

    /// <summary>Starts and completes each step.</summary>
    public History Passes(OperationId operation, params Step[] steps)
    {
        foreach (var step in steps)
            Given(at => new Event.StepStarted(operation, step, at), at => new Event.StepCompleted(operation, step, "", at));
        return this;
    }

    public History Fails(OperationId operation, Step step, double? retryAt = null) => Given(
        at => new Event.StepStarted(operation, step, at),
        at => new Event.StepFailed(operation, step, "ORC3001", "No answer.", 1, retryAt is { } second ? At(second) : null, at));

    public History StartsPlannedFailover(OperationId operation) => Given(at => new Event.FailoverStarted(
        operation, FailoverKind.Planned, null, 2,
        [Step.QuiesceSource, Step.DrainChanges, Step.VerifyReplica, Step.FenceSource, Step.ActivateReplica, Step.StartMachine], "alice", at));

    public History StartsUnplannedFailover(OperationId operation) => Given(at => new Event.FailoverStarted(
        operation, FailoverKind.Unplanned, Point, 2,
        [Step.StopSource, Step.FenceSource, Step.ActivateReplica, Step.StartMachine], "alice", at));

    public History StartsTest(OperationId operation) => Given(at => new Event.TestFailoverStarted(
        operation, Point, [Step.OpenTestReplica, Step.StartTestMachine], "alice", at));

    public static TaskView NotStarted(Step step) => new(step.ToString(), "NotStarted", null, null, null, null);

    public static TaskView Done(Step step, double from, double to, string? detail = null) =>
        new(step.ToString(), "Succeeded", At(from), At(to), detail, null);
}

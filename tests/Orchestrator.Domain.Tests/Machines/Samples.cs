using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

/// <summary>One way into every state worth telling apart, and every command as it would be sent there.</summary>
internal static class Samples
{
    private static readonly OperationId Strange = new(new Guid("99999999-0000-0000-0000-000000000000"));

    public static IReadOnlyList<(string Name, Func<Story> Make)> Stories { get; } =
    [
        ("Unprotected", () => new Story()),
        ("Enabling", () => new Story().Enabling()),
        ("Enabling, last step running", () => new Story().Enabling().LastStepBegun()),
        ("Enabling, waits for an operator", () => new Story().Enabling().StepFails(isTransient: false)),
        ("InitialReplication", () => new Story().Copying()),
        ("InitialReplication, under way", () => UnderWay(new Story().Copying())),
        ("InitialReplication, retrying", () => UnderWay(new Story().Copying()).ReplicationFails(isTransient: true)),
        ("InitialReplication, stopped", () => new Story().Copying().ReplicationFails(isTransient: false)),
        ("InitialReplication, reverse", () => Reversed(new Story())),
        ("Protected, no point yet", () => NoPoint(new Story().Copying())),
        ("Protected", () => new Story().Protected()),
        ("Protected, replication retrying", () => new Story().Protected().ReplicationFails(isTransient: true)),
        ("Protected, replication recovering", () =>
            new Story().Protected().ReplicationFails(isTransient: true).Resume()),
        ("Protected, replication stopped", () => new Story().Protected().ReplicationFails(isTransient: false)),
        ("Protected, resync marked", () => Marked(new Story().Protected())),
        ("Protected, resync running", () => Resyncing(new Story().Protected())),
        ("Protected, test starting", () => new Story().Protected().Test()),
        ("Protected, test starting, last step running", () => new Story().Protected().Test().LastStepBegun()),
        ("Protected, test starting, waits for an operator", () =>
            new Story().Protected().Test().StepFails(isTransient: false)),
        ("Protected, test running", () => new Story().Protected().Test().StepsDone()),
        ("Protected, test cleaning up", () => new Story().Protected().Test().StepsDone().Cleanup()),
        ("Protected, test cleaning up, last step running", () =>
            new Story().Protected().Test().StepsDone().Cleanup().LastStepBegun()),
        ("Protected, reverse", () => Reversed(new Story()).CopyDone()),
        ("Protected, scenario S5", () => new Story().Protected(ScenarioId.S5)),
        ("FailingOver planned", () => new Story().Protected().FailOver(FailoverKind.Planned)),
        ("FailingOver planned, first step retrying", () =>
            new Story().Protected().FailOver(FailoverKind.Planned).StepFails(isTransient: true)),
        ("FailingOver planned, replica not verified", () =>
            new Story().Protected().FailOver(FailoverKind.Planned).StepsDone(2).StepFails(isTransient: false)),
        ("FailingOver planned, fencing", () =>
            new Story().Protected().FailOver(FailoverKind.Planned).StepsDone(3).StepBegun()),
        ("FailingOver unplanned", () => new Story().Protected().FailOver(FailoverKind.Unplanned)),
        ("FailingOver unplanned, first step running", () =>
            new Story().Protected().FailOver(FailoverKind.Unplanned).StepBegun()),
        ("FailingOver unplanned, activation waits for an operator", () =>
            new Story().Protected().FailOver(FailoverKind.Unplanned).StepsDone(2).StepFails(isTransient: false)),
        ("FailingOver unplanned, last step running", () =>
            new Story().Protected().FailOver(FailoverKind.Unplanned).LastStepBegun()),
        ("FailedOver planned", () => new Story().Protected().FailedOver(FailoverKind.Planned)),
        ("FailedOver unplanned", () => new Story().Protected().FailedOver(FailoverKind.Unplanned)),
        ("ChangingPoint", () => ChangingPoint(new Story())),
        ("ChangingPoint, waits for an operator", () =>
            ChangingPoint(new Story()).StepsDone(2).StepFails(isTransient: false)),
        ("ChangingPoint, last step running", () => ChangingPoint(new Story()).LastStepBegun()),
        ("Cancelling", () => new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel()),
        ("Cancelling, retrying", () =>
            new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel().StepsDone(2).StepFails(
                isTransient: true)),
        ("Cancelling, last step running", () =>
            new Story().Protected().FailedOver(FailoverKind.Unplanned).Cancel().LastStepBegun()),
        ("Committing", () => new Story().Protected().FailedOver(FailoverKind.Unplanned).Commit()),
        ("Committing, last step running", () =>
            new Story().Protected().FailedOver(FailoverKind.Unplanned).Commit().LastStepBegun()),
        ("Committing planned in S6, last step running", () =>
            new Story().Protected(ScenarioId.S6).FailedOver(FailoverKind.Planned).Commit().LastStepBegun()),
        ("Committed", () => new Story().Protected().Committed(FailoverKind.Planned)),
        ("Reversing", () => new Story().Protected().Committed(FailoverKind.Planned).Reverse()),
        ("Reversing, last step running", () =>
            new Story().Protected().Committed(FailoverKind.Planned).Reverse().LastStepBegun()),
        ("Disabling", () => new Story().Protected().Disable()),
        ("Disabling, retrying", () => new Story().Protected().Disable().StepFails(isTransient: false)),
        ("Disabling, last step running", () => new Story().Protected().Disable().LastStepBegun()),
    ];

    public static IReadOnlyList<(string Name, Func<Story, Command> Make)> Commands { get; } =
    [
        ("Enable", s => s.EnableCommand()),
        ("BeginStep", s => new Command.BeginStep(Operation(s), CurrentStep(s), s.Now)),
        ("BeginStep of another operation", s => new Command.BeginStep(Strange, CurrentStep(s), s.Now)),
        ("CompleteStep", s => new Command.CompleteStep(Operation(s), CurrentStep(s), "done", s.Now)),
        ("CompleteStep of another operation", s => new Command.CompleteStep(Strange, CurrentStep(s), "done", s.Now)),
        ("FailStep transient", s =>
            new Command.FailStep(Operation(s), CurrentStep(s), "ORC9999", "It failed.", true, s.Now)),
        ("FailStep for good", s =>
            new Command.FailStep(Operation(s), CurrentStep(s), "ORC9999", "It failed.", false, s.Now)),
        ("FailStep of another operation", s =>
            new Command.FailStep(Strange, CurrentStep(s), "ORC9999", "It failed.", true, s.Now)),
        ("ReportInitialProgress", s => new Command.ReportInitialProgress(s.Activation, 4096, 8192, s.Now)),
        ("CompleteInitialReplication", s => new Command.CompleteInitialReplication(s.Activation, s.Now)),
        ("RecordPoint", s => new Command.RecordPoint(s.Activation, s.NewPoint(), s.Now)),
        ("RecordPoint known", s => new Command.RecordPoint(
            s.Activation, PointsOf(s.State).Latest ?? s.NewPoint(), s.Now)),
        ("RecordPoint stale", s => new Command.RecordPoint(s.Activation - 1, s.NewPoint(), s.Now)),
        ("ExpirePoints oldest", s => new Command.ExpirePoints([.. PointsOf(s.State).Take(1).Select(p => p.Id)], s.Now)),
        ("ReportReplicationFailure transient", s => new Command.ReportReplicationFailure(
            s.Activation, "ORC3001", "No route.", true, s.Now)),
        ("ReportReplicationFailure for good", s => new Command.ReportReplicationFailure(
            s.Activation, "ORC3003", "No trust.", false, s.Now)),
        ("RetryReplication", s => new Command.RetryReplication(ReplicationOf(s.State)?.Generation ?? 0, s.Now)),
        ("RetryReplication late", s => new Command.RetryReplication(77, s.Now)),
        ("ReportReplicationRecovered", s => new Command.ReportReplicationRecovered(s.Activation, s.Now)),
        ("MarkResync", s => new Command.MarkResync(s.Activation, "The change log is full.", s.Now)),
        ("StartResync", s => new Command.StartResync("ann", s.Now)),
        ("CompleteResync", s => new Command.CompleteResync(s.Activation, s.Now)),
        ("StartTestFailover", s => new Command.StartTestFailover(s.NewOperation(), null, "ann", s.Now)),
        ("StartTestFailover from an unknown point", s => new Command.StartTestFailover(
            s.NewOperation(), new RecoveryPointId(Strange.Value), "ann", s.Now)),
        ("CleanUpTest", s => new Command.CleanUpTest(s.NewOperation(), "fine", "ann", s.Now)),
        ("FailOver planned", s => new Command.FailOver(s.NewOperation(), FailoverKind.Planned, null, "ann", s.Now)),
        ("FailOver planned to a point", s => new Command.FailOver(
            s.NewOperation(), FailoverKind.Planned, OldestPoint(s), "ann", s.Now)),
        ("FailOver unplanned", s => new Command.FailOver(s.NewOperation(), FailoverKind.Unplanned, null, "ann", s.Now)),
        ("FailOver unplanned to a point", s => new Command.FailOver(
            s.NewOperation(), FailoverKind.Unplanned, OldestPoint(s), "ann", s.Now)),
        ("FailOver again with the same id", s => new Command.FailOver(
            FailoverId(s), FailoverKind.Unplanned, null, "ann", s.Now)),
        ("ChangePoint", s => new Command.ChangePoint(s.NewOperation(), OldestPoint(s), "ann", s.Now)),
        ("ChangePoint to an unknown point", s => new Command.ChangePoint(
            s.NewOperation(), new RecoveryPointId(Strange.Value), "ann", s.Now)),
        ("Commit", s => new Command.Commit(s.NewOperation(), "ann", s.Now)),
        ("Cancel", s => new Command.Cancel(s.NewOperation(), "ann", s.Now)),
        ("ReverseReplicate", s => new Command.ReverseReplicate(s.NewOperation(), "ann", s.Now)),
        ("Resume", s => new Command.Resume(s.NewOperation(), "ann", s.Now)),
        ("Disable", s => new Command.Disable(s.NewOperation(), "ann", s.Now)),
        ("Disable without a caller", s => new Command.Disable(s.NewOperation(), " ", s.Now)),
        ("Look", s => new Command.Look(s.Now)),
    ];

    public static Story Reversed(Story story) =>
        story.Protected().Committed(FailoverKind.Planned).Reverse().StepsDone();

    public static Story ChangingPoint(Story story)
    {
        story.Protected().FailedOver(FailoverKind.Unplanned);
        return story.Given(s => new Command.ChangePoint(s.NewOperation(), OldestPoint(s), "ann", s.Now));
    }

    public static Story Marked(Story story) =>
        story.Given(s => new Command.MarkResync(s.Activation, "The change log is full.", s.Now));

    public static Story Resyncing(Story story) => Marked(story).Given(s => new Command.StartResync("schedule", s.Now));

    private static Story UnderWay(Story story) =>
        story.Given(s => new Command.ReportInitialProgress(s.Activation, 1024, 8192, s.Now));

    private static Story NoPoint(Story story) =>
        story.Given(s => new Command.CompleteInitialReplication(s.Activation, s.Now));

    private static RecoveryPointId OldestPoint(Story s) =>
        PointsOf(s.State) is [var oldest, ..] ? oldest.Id : new RecoveryPointId(Strange.Value);

    private static OperationId Operation(Story s) => WorkflowOf(s.State)?.Operation ?? Strange;

    private static Step CurrentStep(Story s) => WorkflowOf(s.State)?.Current ?? Step.AttachSource;

    private static OperationId FailoverId(Story s) =>
        s.History.OfType<Event.FailoverStarted>().LastOrDefault() is { FailoverKind: FailoverKind.Unplanned } started
            ? started.Operation
            : Strange;
}

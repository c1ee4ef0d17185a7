using Orchestrator.Contracts;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>The words of jobs; those of <see cref="JobView"/> and <see cref="TaskView"/>.</summary>
internal static class JobText
{
    public const string NotStarted = "NotStarted";
    public const string InProgress = "InProgress";
    public const string Suspended = "Suspended";
    public const string Succeeded = "Succeeded";
    public const string Skipped = "Skipped";
    public const string Failed = "Failed";
    public const string Cancelled = "Cancelled";

    /// <summary>What was asked, in the words of the API.</summary>
    public static string KindOf(MachineOperation asked) => asked switch
    {
        MachineOperation.Enable => JobsProjection.EnableKind,
        MachineOperation.TestFailover => OperationKinds.TestFailover,
        MachineOperation.CleanUpTest => OperationKinds.CleanUpTest,
        MachineOperation.PlannedFailover => OperationKinds.PlannedFailover,
        MachineOperation.UnplannedFailover => OperationKinds.UnplannedFailover,
        MachineOperation.ChangePoint => OperationKinds.ChangePoint,
        MachineOperation.Commit => OperationKinds.Commit,
        MachineOperation.Cancel => OperationKinds.Cancel,
        MachineOperation.ReverseReplicate => OperationKinds.Reverse,
        MachineOperation.Resume => OperationKinds.Resume,
        MachineOperation.Disable => OperationKinds.Disable,
        _ => asked.ToString(),
    };

    /// <summary>Which operation an event ends and what came out, or null when it ends none.</summary>
    public static (OperationId Operation, string Outcome)? EndOf(Event @event) => @event switch
    {
        Event.ProtectionEnabled e => (e.Operation, "The machine is protected; its disks are being copied."),
        Event.TestFailoverCompleted e => (e.Operation, "The test machine runs."),
        Event.TestFailoverCleanedUp e => (e.Operation, CleanupOutcome(e)),
        Event.FailoverCompleted e => (e.Operation, $"The machine runs at the target from recovery point {e.Point}; {EventText.Loss(e.Loss)}."),
        Event.PointChanged e => (e.Operation, $"The machine runs at the target from recovery point {e.Point}; {EventText.Loss(e.Loss)}."),
        Event.Committed e => (e.Operation, "The failover is final."),
        Event.FailoverCancelled e => (e.Operation, "The machine runs at the source again."),
        Event.ReverseReplicationEstablished e => (e.Operation, "The other direction is ready to replicate."),
        Event.ProtectionDisabled e => (e.Operation, "The machine is not protected any more."),
        _ => null,
    };

    private static string CleanupOutcome(Event.TestFailoverCleanedUp e)
    {
        var outcome = e.IsDrill ? "The test is over and counts as a drill." : "The test is over before its machine ran: no drill.";
        return e.Notes.Length == 0 ? outcome : $"{outcome} Notes: {e.Notes}";
    }
}

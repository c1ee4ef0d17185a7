namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static Decision Refuse(string code, string message, string advice) =>
        Decision.Refuse(code, message + ".", advice);

    private static Decision Invalid(string message, string advice) =>
        Refuse(RefusalCodes.InvalidRequest, message, advice);

    private static Decision InProgress(string message, string advice) =>
        Refuse(RefusalCodes.OperationInProgress, message, advice);

    private static Decision Redelivered(Command.Operator c, MachineOperation asked) => asked == c.Asked
        ? Decision.Nothing
        : Refuse(
            RefusalCodes.OperationIdReused, $"Operation id {c.Operation} was used to ask for {asked}",
            "Use a new id for a new request.");

    private static Decision StaleReport(Protection now, Command.Report c) => Refuse(RefusalCodes.StaleActivation,
        $"The report is from activation {c.Activation} of machine {now.Machine}, now at activation {now.Activation}",
        "End the session and begin one under the present activation.");

    private static Decision StepNotDue(State state, OperationId operation, Step step) => Refuse(RefusalCodes.StepNotDue,
        $"Step {step} of operation {operation} is not due while the machine is {Describe(state)}",
        "Ask for the step that is due and carry that out.");

    private static Decision NotReplicating(State state) => Refuse(RefusalCodes.NotReplicating,
        $"Machine {NameOf(state)} does not replicate this way while it is {Describe(state)}", "Drop the report.");

    private static Decision NothingToResume(State state) => Refuse(RefusalCodes.NothingToResume,
        $"Nothing has failed that could be tried again while machine {NameOf(state)} is {Describe(state)}",
        "Look at its health; what is due goes on by itself.");

    /// <summary>The refusal of everything that has no place in a state, with what has.</summary>
    private static Decision NotNow(State state, Command command)
    {
        if (command is Command.Report) return NotReplicating(state);
        if (command is Command.Enable && state is not State.Unprotected)
        {
            return Refuse(RefusalCodes.AlreadyProtected, $"Machine {NameOf(state)} is {Describe(state)} already",
                "Nothing needs to be done; to protect it in another way, disable its protection first.");
        }

        var (code, advice) = WayOut(state);
        var asked = command is Command.Operator c ? c.Asked.ToString() : command.GetType().Name;
        return Refuse(code, $"{asked} is not possible while machine {NameOf(state)} is {Describe(state)}", advice);
    }

    private static (string Code, string Advice) WayOut(State state) => state switch
    {
        State.Unprotected => (RefusalCodes.NotProtected, "Enable its protection first."),
        State.Enabling or State.InitialReplication =>
            (RefusalCodes.NotYetReplicated, "Wait until initial replication completes, or disable protection."),
        State.Protected => (RefusalCodes.NotFailedOver, "Fail the machine over first."),
        State.FailingOver => (RefusalCodes.OperationInProgress, "Wait until the failover completes, or cancel it."),
        State.FailedOver => (RefusalCodes.CommitPending, "Commit the failover, change its point, or cancel it."),
        State.ChangingPoint =>
            (RefusalCodes.OperationInProgress, "Wait until the other point is active, or cancel the failover."),
        State.Cancelling { Workflow.HasFailed: true } => (RefusalCodes.OperationInProgress,
            "Resume once the source can be reached, or fail over unplanned if it is gone."),
        State.Cancelling => (RefusalCodes.OperationInProgress, "Wait until the machine is back at the source."),
        State.Committing => (RefusalCodes.OperationInProgress, "Wait until the commit completes; it is final."),
        State.Committed => (RefusalCodes.AlreadyCommitted, "Start reverse replication, or disable protection."),
        State.Reversing =>
            (RefusalCodes.OperationInProgress, "Wait until reverse replication begins, or disable protection."),
        _ => (RefusalCodes.OperationInProgress, "Wait until protection has ended."),
    };

    private static string NameOf(State state) => ProtectionOf(state)?.Machine.Value ?? "without protection";
}

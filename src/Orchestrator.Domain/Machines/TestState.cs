namespace Orchestrator.Domain.Machines;

/// <summary>Whether a copy of the machine is started for a test.</summary>
public abstract record TestState
{
    private TestState() { }

    /// <summary>No test is open.</summary>
    public sealed record None : TestState;

    /// <summary>The copy is being started.</summary>
    public sealed record Starting(OperationId Operation, RecoveryPointId Point, Workflow Workflow) : TestState;

    /// <summary>The copy runs.</summary>
    public sealed record Running(OperationId Operation, RecoveryPointId Point) : TestState;

    /// <summary>The copy is being removed.</summary>
    /// <param name="Operation">The cleanup.</param>
    /// <param name="Point">The point the copy came from.</param>
    /// <param name="Notes">What the operator has to say about the test.</param>
    /// <param name="HasRun">Whether the copy had been started: only then the test counts as a drill.</param>
    /// <param name="Workflow">How far it got.</param>
    public sealed record CleaningUp(
        OperationId Operation, RecoveryPointId Point, string Notes, bool HasRun, Workflow Workflow)
        : TestState;
}

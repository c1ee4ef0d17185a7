namespace Orchestrator.Domain.Machines;

/// <summary>How replication fares; an axis of its own beside the machine's state.</summary>
/// <param name="Generation">Counts the failures, so that a late retry timer is told from the one that counts.</param>
public abstract record ReplicationState(long Generation)
{
    /// <summary>No failure since the last success.</summary>
    public sealed record Normal(long Generation) : ReplicationState(Generation);

    /// <summary>Failed; waits until the next attempt is due.</summary>
    public sealed record Retrying(int Attempt, string Code, string Message, DateTimeOffset RetryAt, long Generation)
        : ReplicationState(Generation);

    /// <summary>Failed before; the next attempt is under way.</summary>
    public sealed record Recovering(int Attempt, string Code, string Message, long Generation) : ReplicationState(Generation);

    /// <summary>Failed in a way that trying again does not heal; waits for an operator.</summary>
    public sealed record Stopped(string Code, string Message, string Advice, long Generation) : ReplicationState(Generation);
}

/// <summary>Whether the replica must be compared with its source.</summary>
public abstract record ResyncState
{
    private ResyncState() { }

    /// <summary>It need not.</summary>
    public sealed record None : ResyncState;

    /// <summary>It must; deltas pause until it has.</summary>
    public sealed record Marked(string Reason) : ResyncState;

    /// <summary>It is being compared.</summary>
    public sealed record Running : ResyncState;
}

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
    public sealed record CleaningUp(OperationId Operation, RecoveryPointId Point, string Notes, bool HasRun, Workflow Workflow) : TestState;
}

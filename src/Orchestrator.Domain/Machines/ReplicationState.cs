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
    public sealed record Recovering(int Attempt, string Code, string Message, long Generation)
        : ReplicationState(Generation);

    /// <summary>Failed in a way that trying again does not heal; waits for an operator.</summary>
    public sealed record Stopped(string Code, string Message, string Advice, long Generation)
        : ReplicationState(Generation);
}

namespace Orchestrator.Domain.Machines;

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

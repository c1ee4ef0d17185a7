namespace Orchestrator.Actors.Projections;

/// <summary>One version of a projection: another version has rows and offsets of its own.</summary>
/// <param name="Name">The name readers use; stable.</param>
/// <param name="Version">From 1; raised with every change of what the rows mean, which builds them anew.</param>
public readonly record struct ProjectionId(string Name, int Version)
{
    /// <inheritdoc />
    public override string ToString() => $"{Name}.v{Version}";
}

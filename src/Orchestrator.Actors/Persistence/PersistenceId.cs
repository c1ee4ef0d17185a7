namespace Orchestrator.Actors.Persistence;

/// <summary>Names one persistent actor: what it is (<paramref name="Kind"/>, a stable number) and which one.</summary>
/// <param name="Kind">The stable number of the aggregate kind, stored in the journal; never reused.</param>
/// <param name="Name">The name within the kind, 1 to 200 characters, compared ordinally.</param>
public readonly record struct PersistenceId(int Kind, string Name)
{
    /// <inheritdoc />
    public override string ToString() => $"{Kind}/{Name}";
}

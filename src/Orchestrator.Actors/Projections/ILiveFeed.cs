namespace Orchestrator.Actors.Projections;

/// <summary>Tells subscribers which rows have changed, soon and at most once per interval and row. For display: it drops rather than waits.</summary>
public interface ILiveFeed
{
    /// <summary>Begins to listen; dispose it to end.</summary>
    LiveSubscription Subscribe();
}

/// <summary>A row that has changed.</summary>
/// <param name="Projection">The projection's name.</param>
/// <param name="Change">The last of the row's changes in the interval.</param>
public readonly record struct LiveChange(string Projection, RowChange Change);

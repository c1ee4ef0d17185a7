namespace Orchestrator.Actors.Sharding;

/// <summary>Takes messages whose entity lives on another node, or will live on one soon.</summary>
public interface IShardRouter
{
    /// <summary>Takes a message over; never blocks.</summary>
    /// <returns>
    /// <see cref="TellOutcome.Accepted"/> when the router answers for it from now on: it is delivered, or its asker fails.
    /// </returns>
    TellOutcome Route(RoutedMessage message);
}

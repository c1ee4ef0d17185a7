namespace Orchestrator.TestKit.Scenarios;

/// <summary>A scenario did not end as expected; the message shows what was expected and what came.</summary>
public sealed class ScenarioFailedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">The difference, for people.</param>
    public ScenarioFailedException(string message)
        : base(message)
    {
    }
}

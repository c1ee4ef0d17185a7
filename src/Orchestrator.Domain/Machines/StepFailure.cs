namespace Orchestrator.Domain.Machines;

/// <summary>How the current step of a workflow last failed.</summary>
/// <param name="Code">The stable code of the error.</param>
/// <param name="Message">What happened.</param>
/// <param name="Attempt">How many attempts in a row have failed.</param>
/// <param name="RetryAt">When it is tried again, or null when it waits for an operator.</param>
public sealed record StepFailure(string Code, string Message, int Attempt, DateTimeOffset? RetryAt);

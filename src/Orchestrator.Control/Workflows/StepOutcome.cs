using Orchestrator.Domain.Machines;

namespace Orchestrator.Control.Workflows;

/// <summary>How a step's work in the outside world ended.</summary>
public abstract record StepOutcome
{
    private StepOutcome() { }

    /// <summary>Done; <paramref name="Reports"/> are facts the world told on the way, to be recorded first.</summary>
    public sealed record Done(string Detail, IReadOnlyList<ProtectedMachine.Command> Reports) : StepOutcome;

    /// <summary>Not done; the workflow retries it or waits for the operator.</summary>
    public sealed record Failed(string Code, string Message, bool IsTransient) : StepOutcome;
}

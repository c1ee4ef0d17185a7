using System.Collections.Concurrent;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Workflows;

/// <summary>Runs at most one step per machine at a time, outside the actor's turn, and delivers how it ended.</summary>
/// <remarks>
/// It outlives the actor's incarnations: an actor that restarts while its step runs must not start the step beside itself, and a step
/// of a cancelled workflow must end before the next one begins. How a step ended is kept until the next one ends: an actor that asks
/// again before it has taken the outcome in gets the same outcome, not a second run.
/// </remarks>
public sealed class StepLauncher(StepRunner runner, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan DeliveryRetry = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Ended> _ended = new(StringComparer.Ordinal);

    /// <summary>The steps that run now; awaited at shutdown.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_running.Values);

    /// <summary>Starts the step unless one of this machine still runs; its end is told, and the actor then asks again.</summary>
    /// <param name="pending">The step.</param>
    /// <param name="state">The state it was derived from.</param>
    /// <param name="tell">Delivers a command to the actor; false when it must be tried again.</param>
    public void Launch(PendingStep pending, ProtectedMachine.State state, Func<Command, bool> tell)
    {
        var machine = pending.Protection.Machine.Value;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = RunAsync(machine, started.Task, pending, state, tell);
        if (_running.TryAdd(machine, run)) started.SetResult();
        else started.SetCanceled(CancellationToken.None);
    }

    private async Task RunAsync(
        string machine, Task mayStart, PendingStep pending, ProtectedMachine.State state, Func<Command, bool> tell)
    {
        try
        {
            await mayStart;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            var ended = await EndOfAsync(machine, pending, state);
            _running.TryRemove(machine, out _);
            foreach (var command in ended.Commands) await DeliverAsync(command, tell);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The journal says that the step was begun: the next start derives it again.
        }
        finally
        {
            _running.TryRemove(machine, out _);
        }
    }

    private async Task<Ended> EndOfAsync(string machine, PendingStep pending, ProtectedMachine.State state)
    {
        var attempt = new Attempt(pending.Operation, pending.Step, ProtectedMachine.WorkflowOf(state)?.Failure?.Attempt ?? 0);
        if (_ended.TryGetValue(machine, out var known) && known.Attempt == attempt) return known;
        var outcome = await runner.RunAsync(pending, state, stopping);
        return _ended[machine] = new Ended(attempt, [.. CommandsFor(pending, outcome)]);
    }

    private IEnumerable<Command> CommandsFor(PendingStep pending, StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done done => [.. done.Reports, new Command.CompleteStep(pending.Operation, pending.Step, done.Detail, time.GetUtcNow())],
        StepOutcome.Failed failed =>
            [new Command.FailStep(pending.Operation, pending.Step, failed.Code, failed.Message, failed.IsTransient, time.GetUtcNow())],
        _ => [],
    };

    private async Task DeliverAsync(Command command, Func<Command, bool> tell)
    {
        while (!tell(command)) await Task.Delay(DeliveryRetry, time, stopping);
    }

    /// <summary>One try of a step; a failure that the journal holds makes the next one another.</summary>
    private sealed record Attempt(OperationId Operation, Step Step, int Failures);

    private sealed record Ended(Attempt Attempt, IReadOnlyList<Command> Commands);
}

using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Workflows;

/// <summary>Runs at most one step per machine at a time, outside the actor's turn, and delivers how it ended.</summary>
/// <remarks>
/// It outlives the actor's incarnations: an actor that restarts while its step runs must not start the step beside itself, and a step
/// of a cancelled workflow must end before the next one begins. How a step ended is kept until the next one ends: an actor that asks
/// again before it has taken the outcome in gets the same outcome, not a second run. A step ends, and tells nothing, when this node
/// loses the right to act on the machine: whoever has it then derives the step again from the journal.
/// </remarks>
public sealed class StepLauncher(StepRunner runner, ShardRights rights, TimeProvider time)
{
    private static readonly TimeSpan DeliveryRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than a lease: a node that lost a machine, and was told so by a site, has learnt it from the cluster by then.</summary>
    private static readonly TimeSpan FenceDoubt = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Run> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Ended> _ended = new(StringComparer.Ordinal);

    /// <summary>The steps that run now; awaited at shutdown.</summary>
    public async Task WhenIdleAsync()
    {
        List<Task> running;
        lock (_gate)
        {
            running = [.. _running.Values.Select(run => run.Task)];
        }

        foreach (var task in running) await task;
    }

    /// <summary>Starts the step unless one of this machine still runs; its end is told, and the actor then asks again.</summary>
    /// <param name="pending">The step.</param>
    /// <param name="state">The state it was derived from.</param>
    /// <param name="term">The term of the actor that asks.</param>
    /// <param name="tell">Delivers a command to the actor; false when it must be tried again.</param>
    public void Launch(PendingStep pending, ProtectedMachine.State state, ControlTerm term, Func<Command, bool> tell)
    {
        var run = new Run(pending, state, term, tell, rights.Of(term));
        if (run.Right.IsCancellationRequested) return;
        lock (_gate)
        {
            if (!_running.TryGetValue(run.Machine, out var before)) Start(run);
            else if (before.Right.IsCancellationRequested) before.Next = run; // That one's end will be told to nobody.
        }
    }

    /// <summary>Belongs to the lock: a run is listed before it runs.</summary>
    private void Start(Run run)
    {
        _running[run.Machine] = run;
        run.Task = RunAsync(run);
    }

    private async Task RunAsync(Run run)
    {
        await Task.Yield();
        try
        {
            var ended = await EndOfAsync(run);
            Leave(run);
            foreach (var command in ended.Commands) await DeliverAsync(run, command);
        }
        catch (Exception) when (run.Right.IsCancellationRequested)
        {
            // The journal says that the step was begun: whoever has the right next derives it again.
        }
        finally
        {
            Leave(run);
        }
    }

    private void Leave(Run run)
    {
        lock (_gate)
        {
            if (_running.GetValueOrDefault(run.Machine) != run) return;
            _running.Remove(run.Machine);
            if (run.Next is { Right.IsCancellationRequested: false } next) Start(next);
        }
    }

    private async Task<Ended> EndOfAsync(Run run)
    {
        var attempt = new Attempt(run.Term, run.Pending.Operation, run.Pending.Step, ProtectedMachine.WorkflowOf(run.State)?.Failure?.Attempt ?? 0);
        lock (_gate)
        {
            if (_ended.TryGetValue(run.Machine, out var known) && known.Attempt == attempt) return known;
        }

        var outcome = await runner.RunAsync(run.Pending, run.State, run.Term, run.Right);
        if (outcome is StepOutcome.Failed { Code: ErrorCodes.ControlFenced }) await Task.Delay(FenceDoubt, time, run.Right);
        run.Right.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return _ended[run.Machine] = new Ended(attempt, [.. CommandsFor(run.Pending, outcome)]);
        }
    }

    private IEnumerable<Command> CommandsFor(PendingStep pending, StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done done => [.. done.Reports, new Command.CompleteStep(pending.Operation, pending.Step, done.Detail, time.GetUtcNow())],
        StepOutcome.Failed failed =>
            [new Command.FailStep(pending.Operation, pending.Step, failed.Code, failed.Message, failed.IsTransient, time.GetUtcNow())],
        _ => [],
    };

    private async Task DeliverAsync(Run run, Command command)
    {
        while (!run.Right.IsCancellationRequested && !run.Tell(command)) await Task.Delay(DeliveryRetry, time, run.Right);
    }

    /// <summary>One try of a step under one term; a failure that the journal holds makes the next one another.</summary>
    private sealed record Attempt(ControlTerm Term, OperationId Operation, Step Step, int Failures);

    private sealed record Ended(Attempt Attempt, IReadOnlyList<Command> Commands);

    private sealed class Run(
        PendingStep pending, ProtectedMachine.State state, ControlTerm term, Func<Command, bool> tell, CancellationToken right)
    {
        public PendingStep Pending => pending;

        public ProtectedMachine.State State => state;

        public ControlTerm Term => term;

        public CancellationToken Right => right;

        public Func<Command, bool> Tell => tell;

        public string Machine => pending.Protection.Machine.Value;

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>What runs after it, when it has lost its right.</summary>
        public Run? Next { get; set; }
    }
}

using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;
using Orchestrator.Simulation.Checks;
using Orchestrator.Simulation.Nodes;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Simulation;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Simulation.Machines;

/// <summary>Leads one machine through protected lives: asks, asks again with the same id, and holds the answers against the journal.</summary>
/// <remarks>What was answered as accepted must be on record at that moment (S12) and for ever, recognized when asked again (S9).</remarks>
internal sealed class MachineClient(
    SimulatedWorld world, IDeployment deployment, MachineSites sites, JournalBook book, string machine, int operations, Counters counters)
{
    private const int Attempts = 40;
    private readonly SeededRandom _random = world.RandomOf("client", machine);
    private readonly List<OperationRequest> _accepted = [];
    private int _left = operations;

    /// <summary>Whether it wants no more than to see the machine unprotected, and steps in wherever something waits.</summary>
    public bool IsEnding { get; set; }

    public bool IsDone { get; private set; }

    public override string ToString()
    {
        var state = book.StateOf(machine);
        return $"{machine} is {state.GetType().Name} with {_left} operations to go; {ProtectedMachine.WorkflowOf(state)}; {ProtectedMachine.ReplicationOf(state)}";
    }

    public async Task RunAsync()
    {
        while (!IsDone)
        {
            var state = book.StateOf(machine);
            if (state is State.Unprotected && (IsEnding || _left <= 0))
                IsDone = true;
            else if (Choose(state) is { } kind)
                await RequestAsync(kind, kind == OperationKinds.ChangePoint ? PointOtherThan(state) : null);
            else
                await PauseAsync(1, 4);
        }
    }

    /// <summary>Asks again for what was accepted before: nothing may come of it.</summary>
    public async Task RepeatAsync()
    {
        foreach (var request in _accepted.TakeLast(5))
        {
            if (deployment.Serving is not { } serving)
                return;

            var events = book.Events;
            await serving.AskAsync(machine, request);
            counters.Count("repeats recognized");
            if (book.Events != events)
                throw world.Failure("S9", $"a repeat of request {request.OperationId} of {machine} was recorded again");
        }
    }

    private string? Choose(State state)
    {
        if (WaitsForHelp(state))
            return IsEnding || _random.Next(4) == 0 ? Help(state) : null;

        return state switch
        {
            State.Unprotected => ProtectWhereItRuns(),
            State.Protected { Test: TestState.Running } => OperationKinds.CleanUpTest,
            State.Protected { Test: TestState.None, PointCount: > 0 } => IsEnding || _left <= 0 ? OperationKinds.Disable : Draw(
                OperationKinds.TestFailover, OperationKinds.PlannedFailover, OperationKinds.PlannedFailover, OperationKinds.UnplannedFailover),
            State.FailedOver => IsEnding ? OperationKinds.Commit
                : Draw(OperationKinds.Commit, OperationKinds.Commit, OperationKinds.Cancel, OperationKinds.ChangePoint),
            State.Committed => IsEnding || _left <= 0 ? OperationKinds.Disable : OperationKinds.Reverse,
            State.InitialReplication or State.Protected when IsEnding => OperationKinds.Disable,
            _ => null,
        };
    }

    private static bool WaitsForHelp(State state) =>
        ProtectedMachine.WorkflowOf(state) is { HasFailed: true }
        || ProtectedMachine.ReplicationOf(state) is ReplicationState.Retrying or ReplicationState.Stopped;

    private string Help(State state) => state switch
    {
        State.FailingOver or State.ChangingPoint when _random.Next(4) == 0 => OperationKinds.Cancel,
        State.Enabling or State.Reversing when _random.Next(6) == 0 => OperationKinds.Disable,
        _ => OperationKinds.Resume,
    };

    /// <summary>Mostly at the site where it runs, sometimes by mistake at the other. What was left at a site that did not answer is removed by hand.</summary>
    private string ProtectWhereItRuns()
    {
        var runs = MachineSites.Names.Select(name => sites.Of(machine).Named(name))
            .Where(site => site.Running(InstanceKind.Production) is not null)
            .OrderByDescending(site => site.Running(InstanceKind.Production)!.Activation).ToList();
        foreach (var left in runs.Skip(1))
            left.StopByHand();

        foreach (var site in MachineSites.Names)
            sites.Of(machine).Named(site).ClearByHand();

        var primary = runs.Count > 0 && _random.Next(10) > 0 ? runs[0].Name : MachineSites.Names[_random.Next(2)];
        return ControlProcess.ProtectAt + primary;
    }

    private string Draw(params ReadOnlySpan<string> kinds) => kinds[_random.Next(kinds.Length)];

    private async Task RequestAsync(string kind, Guid? point)
    {
        if (kind == OperationKinds.ChangePoint && point is null)
            return;

        var id = new byte[16];
        _random.NextBytes(id);
        var operation = new Guid(id);
        var request = new OperationRequest(operation, kind, point, "fine");
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TryAsync(request))
                return;

            counters.Count("requests sent again");
            await PauseAsync(1, 5);
        }

        counters.Count("requests given up");
    }

    /// <returns>Whether the request is settled.</returns>
    private async Task<bool> TryAsync(OperationRequest request)
    {
        if (PickProcess() is not { } process)
            return false;

        try
        {
            await process.AskAsync(machine, request).WaitAsync(TimeSpan.FromSeconds(40), world.Time);
        }
        catch (ControlException error) when (error.Kind is ControlFailure.Conflict)
        {
            return Refused(request, error, process);
        }
        catch (Exception error) when (error is ControlException or JournalException or NodeLostException or TimeoutException)
        {
            return false;
        }

        Accepted(request);
        return true;
    }

    private void Accepted(OperationRequest request)
    {
        var (operation, kind) = (request.OperationId, request.Kind);
        world.Timeline.Add("client", $"{machine}: {kind} {operation:N} is accepted");
        book.Read();
        if (!book.Holds(machine, operation))
            throw world.Failure("S12", $"{kind} {operation} of {machine} was answered as accepted and is not in the journal");

        counters.Count($"accepted {kind}");
        _accepted.Add(request);
        _left--;
    }

    private bool Refused(OperationRequest request, ControlException error, ControlProcess process)
    {
        var (operation, kind) = (request.OperationId, request.Kind);
        counters.Count($"refused {kind}");
        world.Timeline.Add("client", $"{machine}: {kind} is refused by {process.Node.Name}, {error.Error.Code}");
        book.Read();
        if (book.Holds(machine, operation) && process == deployment.Serving && process.IsSound && deployment.Processes.Count == 1)
            throw world.Failure("S9", $"{kind} {operation} of {machine} is on record, and its repeat was refused with {error.Error.Code}");

        return true;
    }

    private ControlProcess? PickProcess() => _random.Next(5) == 0 && deployment.Processes.Count > 0
        ? deployment.Processes[_random.Next(deployment.Processes.Count)]
        : deployment.Serving;

    private Guid? PointOtherThan(State state)
    {
        var current = state is State.FailedOver over ? over.Point : default;
        var others = ProtectedMachine.PointsOf(state).Where(point => point.Id != current).ToList();
        return others.Count == 0 ? null : others[_random.Next(others.Count)].Id.Value;
    }

    private Task PauseAsync(int minSeconds, int maxSeconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(minSeconds * 1000, maxSeconds * 1000)), world.Time, CancellationToken.None);
}

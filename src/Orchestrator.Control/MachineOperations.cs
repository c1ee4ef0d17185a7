using Orchestrator.Contracts;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Queries;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control;

/// <summary>Turns the API's requests into commands, refusing at the edge what no machine could accept.</summary>
public sealed class MachineOperations(ControlNode node, TimeSpan defaultInterval)
{
    /// <summary>Protects a machine.</summary>
    public async Task<OperationAccepted> ProtectAsync(ProtectRequest request, string caller, CancellationToken cancellation)
    {
        if (!MachineId.TryCreate(request.Machine, out var machine))
        {
            throw Invalid($"'{request.Machine}' is no machine name: use 1 to 63 characters out of a-z, 0-9 and '-'.");
        }

        if (!Enum.TryParse<ScenarioId>(request.Scenario, out var scenario) || !Enum.IsDefined(scenario))
        {
            throw Invalid($"There is no scenario '{request.Scenario}': choose one of {string.Join(", ", Enum.GetNames<ScenarioId>())}.");
        }

        var primary = SiteOf(request.Primary);
        var recovery = SiteOf(request.Recovery);
        // A machine that is protected holds its disks: its own answer is the right one, not that they cannot be measured.
        var known = await node.FindAsync(request.Machine, cancellation) is { } state ? ProtectedMachine.ProtectionOf(state) : null;
        var disks = known?.Disks ?? await DisksOf(request, primary, cancellation);
        return await AskAsync(request.Machine, request.OperationId, new Command.Enable(
            new OperationId(request.OperationId), machine, scenario, primary, recovery, disks, request.PointInterval ?? defaultInterval,
            caller, node.Time.GetUtcNow()), cancellation);
    }

    /// <summary>Asks for an operation on a protected machine.</summary>
    public async Task<OperationAccepted> OperateAsync(
        string machine, OperationRequest request, string caller, CancellationToken cancellation)
    {
        if (node.Registry.Find(machine) is null && !await node.History.KnowsAsync(machine, cancellation)) throw await UnknownAsync(machine, cancellation);
        return await AskAsync(machine, request.OperationId, CommandOf(request, caller), cancellation);
    }

    /// <summary>The error for a machine that nobody knows.</summary>
    public async Task<ControlException> UnknownAsync(string machine, CancellationToken cancellation)
    {
        var known = (await node.History.NamesAsync(cancellation)).Order(StringComparer.Ordinal).ToArray();
        return new ControlException(ControlFailure.NotFound, new ErrorView(ControlCodes.MachineUnknown,
            $"There is no machine '{machine}'.",
            known.Length == 0 ? "No machine is protected yet: use 'protect'." : $"Known are: {string.Join(", ", known)}.", []));
    }

    private async Task<OperationAccepted> AskAsync(string machine, Guid operation, Command command, CancellationToken cancellation)
    {
        if (operation == Guid.Empty) throw Invalid("The request has no operation id.");
        var reply = await node.AskAsync(machine, command, cancellation);
        if (reply is MachineReply.Accepted) await node.ReadModel.SeeJobsAsync(machine);
        return reply switch
        {
            MachineReply.Accepted accepted => new OperationAccepted(operation, machine, MachineViews.NameOf(accepted.State)),
            MachineReply.Refused refused => throw new ControlException(
                ControlFailure.Conflict, MachineViews.RefusalOf(refused.Refusal, refused.State)),
            _ => throw new System.Diagnostics.UnreachableException("A machine accepts or refuses."),
        };
    }

    private Command CommandOf(OperationRequest request, string caller)
    {
        var (operation, now) = (new OperationId(request.OperationId), node.Time.GetUtcNow());
        RecoveryPointId? point = request.Point is { } id ? new RecoveryPointId(id) : null;
        return request.Kind switch
        {
            OperationKinds.TestFailover => new Command.StartTestFailover(operation, point, caller, now),
            OperationKinds.CleanUpTest => new Command.CleanUpTest(operation, request.Notes ?? "", caller, now),
            OperationKinds.PlannedFailover => new Command.FailOver(operation, FailoverKind.Planned, point, caller, now),
            OperationKinds.UnplannedFailover => new Command.FailOver(operation, FailoverKind.Unplanned, point, caller, now),
            OperationKinds.ChangePoint => new Command.ChangePoint(
                operation, point ?? throw Invalid("A change of point names the recovery point."), caller, now),
            OperationKinds.Commit => new Command.Commit(operation, caller, now),
            OperationKinds.Cancel => new Command.Cancel(operation, caller, now),
            OperationKinds.Reverse => new Command.ReverseReplicate(operation, caller, now),
            OperationKinds.Resume => new Command.Resume(operation, caller, now),
            OperationKinds.Disable => new Command.Disable(operation, caller, now),
            _ => throw Invalid($"There is no operation '{request.Kind}'."),
        };
    }

    private SiteName SiteOf(string name) =>
        SiteName.TryCreate(name, out var site) && node.Sites.Find(site) is not null
            ? site
            : throw Invalid($"There is no site '{name}'. Configured are: {string.Join(", ", node.Sites.All.Select(s => s.Name))}.");

    private async Task<DiskList> DisksOf(ProtectRequest request, SiteName site, CancellationToken cancellation)
    {
        if (request.Disks.Count == 0) throw Invalid("The request names no disk.");
        try
        {
            var disks = new List<DiskSpec>();
            foreach (var path in request.Disks)
            {
                disks.Add(new DiskSpec(disks.Count, path, await node.Sites.Find(site)!.Replication.MeasureDiskAsync(path, cancellation)));
            }

            return [.. disks];
        }
        catch (ReplicationException error)
        {
            throw new ControlException(
                error.IsTransient ? ControlFailure.Unavailable : ControlFailure.Invalid, new ErrorView(error.Code, error.Message, null, []), error);
        }
    }

    private static ControlException Invalid(string message) => new(
        ControlFailure.Invalid, new ErrorView(RefusalCodes.InvalidRequest, message, "Correct the request and send it again.", []));
}

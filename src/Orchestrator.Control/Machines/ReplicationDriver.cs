using Microsoft.Extensions.Logging;
using Orchestrator.Actors.Sharding;
using Orchestrator.Control.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Machines;

/// <summary>Keeps replication as each machine's state wants it, and tells the machine what the sites say.</summary>
/// <remarks>
/// Level-triggered: every look compares what is with what should be, so nothing depends on having seen an earlier one. A look ends, and
/// tells nothing, when this node loses the right to act on the machine.
/// </remarks>
public sealed class ReplicationDriver(
    MachineRegistry registry, ShardRights rights, ShardRegion<Command> machines, ISiteDirectory sites, TimeProvider time,
    bool automaticResync, ILogger<ReplicationDriver> log)
{
    private const string Self = "orchestrator";

    /// <summary>Looks at every machine of this node, again and again, until cancelled.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.WhenAll(registry.All.Select(machine => LookSafelyAsync(machine, rights.Of(machine.Term))));
            await Task.Delay(interval, time, stopping);
        }
    }

    /// <summary>Looks at one machine once.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="right">Cancelled when this node may no longer act on it.</param>
    public async Task LookAsync(MachineSnapshot machine, CancellationToken right)
    {
        if (ProtectedMachine.ProtectionOf(machine.State) is not { } protection) return;
        if (sites.Find(protection.ActiveSite)?.Under(machine.Term) is not { } source) return;
        if (sites.Find(protection.StandbySite)?.Under(machine.Term) is not { } target) return;
        if (!IsReplicating(machine.State) || right.IsCancellationRequested) return;
        await KeepRunningAsync(machine.State, protection, source, target, right);
        var sourceStatus = await source.Replication.GetSourceAsync(machine.Name, right);
        var replicaStatus = await target.Replication.GetReplicaAsync(machine.Name, right);
        right.ThrowIfCancellationRequested();
        var current = CurrentRun(machine.State, sourceStatus);
        foreach (var command in ReplicationReports.Compare(machine.State, current, replicaStatus, time.GetUtcNow()))
        {
            machines.Tell(machine.Name, command);
        }
    }

    private async Task LookSafelyAsync(MachineSnapshot machine, CancellationToken right)
    {
        try
        {
            await LookAsync(machine, right);
        }
        catch (Exception) when (right.IsCancellationRequested)
        {
            // Whoever has the right to this machine now looks at it.
        }
        catch (ReplicationException error) when (error.Code == ErrorCodes.ControlFenced)
        {
            // Told to the machine it would reach the node that has it now, and be wrong there.
            log.LogWarning("Looking at {Machine} was refused: {Code} {Message}", machine.Name, error.Code, error.Message);
        }
        catch (ReplicationException error)
        {
            ReportFailure(machine, error.Code, error.Message, error.IsTransient);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or TimeoutException or FabricException)
        {
            ReportFailure(machine, ControlCodes.SiteSilent, $"A site of {machine.Name} does not answer: {error.Message}", isTransient: true);
        }
        catch (Exception error)
        {
            // A bug; it may cost this machine a look, never the others their replication.
            log.LogError(error, "Looking at {Machine} failed unexpectedly", machine.Name);
            ReportFailure(machine, ControlCodes.SiteSilent, $"A site of {machine.Name} failed: {error.Message}", isTransient: true);
        }
    }

    private void ReportFailure(MachineSnapshot machine, string code, string message, bool isTransient)
    {
        log.LogWarning("Looking at {Machine} failed: {Code} {Message}", machine.Name, code, message);
        if (ProtectedMachine.ProtectionOf(machine.State) is not { } protection) return;
        if (ProtectedMachine.Desired(machine.State).Mode == ReplicationMode.None) return;
        machines.Tell(machine.Name,
            new Command.ReportReplicationFailure(protection.Activation, code, message, isTransient, time.GetUtcNow()));
    }

    private async Task KeepRunningAsync(
        ProtectedMachine.State state, Protection protection, Site source, Site target, CancellationToken right)
    {
        var generation = ProtectedMachine.ReplicationOf(state)?.Generation ?? 0;
        var restartsLost = state is ProtectedMachine.State.InitialReplication { BytesDone: 0, BytesTotal: 0 }; // Marked, or never got far.
        switch (ProtectedMachine.Desired(state).Mode)
        {
            case ReplicationMode.Initial:
                await ReplicationStart.EnsureAsync(source, target, protection, CopyMode.Initial, generation, restartsLost, right);
                break;
            case ReplicationMode.Resync:
                await ReplicationStart.EnsureAsync(source, target, protection, CopyMode.Resync, generation, restartsLost, right);
                break;
            case ReplicationMode.Delta:
                await ReplicationStart.EnsureAsync(source, target, protection, CopyMode.Delta, generation, restartsLost, right);
                break;
            default:
                await StopAsync(state, protection, source, right);
                break;
        }
    }

    private async Task StopAsync(ProtectedMachine.State state, Protection protection, Site source, CancellationToken right)
    {
        var marked = state is ProtectedMachine.State.Protected { Resync: ResyncState.Marked };
        await source.Replication.StopReplicationAsync(protection.Machine.Value, forgetCopy: marked, right);
        right.ThrowIfCancellationRequested();
        if (marked && automaticResync) machines.Tell(protection.Machine.Value, new Command.StartResync(Self, time.GetUtcNow()));
    }

    /// <summary>An error of an earlier generation has been reported already.</summary>
    private static SourceStatus? CurrentRun(ProtectedMachine.State state, SourceStatus? source)
    {
        var generation = ProtectedMachine.ReplicationOf(state)?.Generation ?? 0;
        return source?.Replication is { Error: not null } run && run.Generation < generation ? source with { Replication = null } : source;
    }

    private static bool IsReplicating(ProtectedMachine.State state) => state
        is ProtectedMachine.State.InitialReplication or ProtectedMachine.State.Protected or ProtectedMachine.State.FailingOver;
}

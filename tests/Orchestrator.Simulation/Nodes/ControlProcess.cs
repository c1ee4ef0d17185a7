using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Sites;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Simulation.Machines;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Nodes;

/// <summary>One life of a control node: the real <see cref="ControlNode"/> on a simulated machine.</summary>
internal sealed class ControlProcess(SimulatedWorld world, WorldNode node, IJournal journal, SimulatedJournal link, ISiteDirectory sites)
{
    private ControlNode? _control;
    private int _generation;

    public WorldNode Node => node;

    /// <summary>The connection whose appends can be made to fail.</summary>
    public SimulatedJournal Link => link;

    /// <summary>Whether the process lives and has not lost a shard.</summary>
    public bool IsSound => IsAlive && !HasLost;

    public bool IsAlive => node.IsUp && node.Generation == _generation;

    /// <summary>Whether its kernel has reported that a shard was taken from it.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Starts the process, takes all shards over and recovers every machine.</summary>
    public async Task StartAsync()
    {
        node.Start();
        _generation = node.Generation;
        await node.CallAsync(async () =>
        {
            _control = NewControl();
            await _control.StartAsync(CancellationToken.None);
        });
    }

    /// <summary>What a client asks to have a machine protected: a site is named as the point is elsewhere.</summary>
    public const string ProtectAt = "protect at ";

    /// <summary>Asks over the API of the node.</summary>
    public Task<OperationAccepted> AskAsync(string machine, OperationRequest request) => node.CallAsync(() =>
    {
        var operations = new MachineOperations(_control!, World.PointInterval);
        return request.Kind.StartsWith(ProtectAt, StringComparison.Ordinal)
            ? operations.ProtectAsync(ProtectRequest(machine, request), "client", default)
            : operations.OperateAsync(machine, request, "client", default);
    });

    private static ProtectRequest ProtectRequest(string machine, OperationRequest request)
    {
        var primary = request.Kind[ProtectAt.Length..];
        return new ProtectRequest(
            request.OperationId, machine, "S0", primary, MachineSites.Names.Single(name => name != primary), [$"/dev/{machine}"], null);
    }

    private ControlNode NewControl() => new(
        new ControlOptions
        {
            Journal = journal,
            Sites = sites,
            Time = node.Clock,
            Random = node.Random,
            Dispatcher = node.Dispatcher,
            MonitorInterval = TimeSpan.FromSeconds(2),
            SnapshotEvery = 20,
            PassivateAfter = TimeSpan.FromMinutes(2),
        },
        new TimelineLog(world.Timeline, node.Name, OnLogged));

    private void OnLogged(string line)
    {
        if (line.Contains("ShardLost", StringComparison.Ordinal) && IsAlive)
            HasLost = true;
    }
}

using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Sites;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Nodes;

/// <summary>One life of a control node: the real <see cref="ControlNode"/> on a simulated machine.</summary>
internal sealed class ControlProcess(SimulatedWorld world, SimulatedNode node, IJournal journal, SimulatedJournal link, ISiteDirectory sites)
{
    private ControlNode? _control;
    private int _generation;

    public SimulatedNode Node => node;

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

    /// <summary>Asks over the API of the node; null kind means to protect.</summary>
    public Task<OperationAccepted> AskAsync(string machine, OperationRequest? request, Guid operation) => node.CallAsync(() =>
    {
        var operations = new MachineOperations(_control!, World.PointInterval);
        return request is null
            ? operations.ProtectAsync(new ProtectRequest(operation, machine, "S0", "berlin", "hamburg", [$"/dev/{machine}"], null), "client", default)
            : operations.OperateAsync(machine, request, "client", default);
    });

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

using Orchestrator.Actors.Persistence;
using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machines;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Nodes;

/// <summary>One node at a time takes all shards over, fencing the one before it, which may still run and not know.</summary>
/// <remarks>A process that learns that it lost a shard exits, as a service does that must not go on; a watch starts the next one.</remarks>
internal sealed class TakeoverDeployment(SimulatedWorld world, MachineSites sites, Defect defect, FaultPlan plan, Counters counters) : IDeployment
{
    private readonly List<ControlProcess> _processes = [];
    private readonly SeededRandom _random = world.RandomOf("deployment");
    private bool _isStarting;

    public IReadOnlyList<ControlProcess> Processes => _processes;

    public ControlProcess? Serving { get; private set; }

    public async Task<bool> StartAsync(string node)
    {
        var place = world.Nodes.Single(other => other.Name == node);
        var link = world.JournalOf(place);
        var process = new ControlProcess(world, place, new JournalUnderTest(link, defect), link, sites.DirectoryFor(place));
        _processes.RemoveAll(other => !other.IsAlive || other.Node == place);
        _processes.Add(process);
        try
        {
            await process.StartAsync();
            Serving = process;
            counters.Count("node starts");
            return true;
        }
        catch (Exception error) when (error is NodeLostException or JournalException)
        {
            world.Timeline.Add(node, $"does not come up: {error.Message}");
            if (process.IsAlive)
                place.Kill();

            return false;
        }
    }

    public async Task WatchAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (2 * _random.NextDouble())), world.Time, CancellationToken.None);
            foreach (var fenced in _processes.Where(process => process.IsAlive && process.HasLost && !plan.FencedLiveOn).ToList())
            {
                counters.Count("fenced processes");
                fenced.Node.Kill();
            }

            if (!stopping.IsCancellationRequested && Serving is not { IsSound: true, Node.IsFrozen: false })
                await TakeOverAsync();
        }
    }

    /// <summary>Starts on some node, perhaps beside one that still runs.</summary>
    public async Task TakeOverAsync()
    {
        if (_isStarting)
            return;

        _isStarting = true;
        try
        {
            var others = world.Nodes.Where(node => node != Serving?.Node).ToList();
            await StartAsync((others.Count > 0 ? others[_random.Next(others.Count)] : world.Nodes[0]).Name);
        }
        finally
        {
            _isStarting = false;
        }
    }

    public async Task HealAsync()
    {
        foreach (var node in world.Nodes)
        {
            node.Thaw();
            node.Clock.Mend();
            node.Kill();
        }

        if (!await StartAsync(world.Nodes[0].Name))
            throw world.Failure("L1", "no node comes up although nothing is broken any more");
    }
}

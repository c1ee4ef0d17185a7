using System.Globalization;
using Orchestrator.Simulation.Checks;
using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machines;
using Orchestrator.Simulation.Nodes;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation;

/// <summary>The whole life of one seed: nodes, machines, clients and faults; then peace, in which everything must end.</summary>
public sealed class SimulationRun
{
    private static readonly TimeSpan FaultTime = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan EndTime = TimeSpan.FromMinutes(60);
    private readonly SimulatedWorld _world;
    private readonly FaultPlan _plan;
    private readonly Counters _counters = new();
    private readonly JournalBook _book;
    private readonly EffectCheck _effects;
    private readonly TimerCheck _timers;
    private readonly TakeoverDeployment _deployment;
    private readonly Chaos _chaos;
    private readonly ReplayCheck _replay;
    private readonly List<MachineClient> _clients;

    private SimulationRun(long seed, Defect defect, int timelineLines)
    {
        _world = new SimulatedWorld(seed, shardCount: 4, timelineLines);
        _plan = FaultPlan.Draw(_world.RandomOf("plan"));
        for (var i = 0; i < _plan.Nodes; i++)
            _world.AddNode(((char)('a' + i)).ToString());

        List<string> machines = [.. Enumerable.Range(1, _plan.Machines).Select(number => string.Create(CultureInfo.InvariantCulture, $"web{number}"))];
        var sites = new MachineSites(_world, machines) { Defect = defect };
        _book = new JournalBook(_world);
        _timers = new TimerCheck(_world, _book);
        _replay = new ReplayCheck(_world, _book, _counters);
        _effects = new EffectCheck(_world, sites, _book);
        _deployment = new TakeoverDeployment(_world, sites, defect, _plan, _counters);
        _chaos = new Chaos(_world, sites, _deployment, _plan, _counters);
        _clients = [.. machines.Select(machine => new MachineClient(_world, _deployment, sites, _book, machine, _plan.Operations, _counters))];
        _world.Journal.IsUnfenced = defect == Defect.UnfencedJournal;
        _world.Loop.AfterStep = Check;
    }

    /// <summary>Runs a seed to its end or to the first thing that must never happen.</summary>
    public static SimulationResult Execute(long seed, Defect defect = Defect.None, int timelineLines = 60)
    {
        var run = new SimulationRun(seed, defect, timelineLines);
        SimulationFailedException? failure = null;
        try
        {
            run._world.RunAsync(run.MainAsync, TimeSpan.FromHours(10)).GetAwaiter().GetResult();
        }
        catch (SimulationFailedException found)
        {
            failure = found;
        }
        catch (Exception error)
        {
            failure = run._world.Failure("run", $"{error.GetType().Name}: {error.Message}", error);
        }

        return new SimulationResult(
            seed, failure, run._world.TraceHash, run._world.Loop.Steps, run._world.Time.Elapsed, run._book.Events, run._counters);
    }

    private async Task MainAsync()
    {
        await _deployment.StartAsync(_world.Nodes[0].Name);
        using var peace = new CancellationTokenSource();
        var watch = _deployment.WatchAsync(peace.Token);
        var chaos = _chaos.RunAsync(peace.Token);
        var clients = _clients.Select(client => client.RunAsync()).ToList();
        var end = _world.Time.Elapsed + FaultTime;
        while (_world.Time.Elapsed < end && !_clients.TrueForAll(client => client.IsDone))
            await PauseAsync(clients);

        peace.Cancel();
        await chaos;
        await watch;
        await EndAsync(clients);
        await CheckEndAsync();
    }

    /// <summary>L1 and L2: with the faults over, every job ends and every machine can be led home.</summary>
    private async Task EndAsync(List<Task> clients)
    {
        _world.Timeline.Add("world", "the faults are over");
        _chaos.Heal();
        await _deployment.HealAsync();
        _clients.ForEach(client => client.IsEnding = true);
        var limit = _world.Time.Elapsed + EndTime;
        while (!_clients.TrueForAll(client => client.IsDone))
        {
            if (_world.Time.Elapsed > limit)
                throw _world.Failure("L1", $"{EndTime} after the last fault {_clients.Find(client => !client.IsDone)}");

            await PauseAsync(clients);
        }
    }

    private async Task CheckEndAsync()
    {
        foreach (var client in _clients)
            await client.RepeatAsync();

        await _replay.CheckAsync();
        _counters.Count("messages lost", _world.Network.Lost);
        _counters.Count("messages doubled", _world.Network.Doubled);
    }

    private async Task PauseAsync(List<Task> clients)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), _world.Time, CancellationToken.None);
        if (clients.Find(client => client.IsFaulted) is { } failed)
            await failed;
    }

    private void Check()
    {
        if (_effects.Failure is { } broken)
            throw broken;

        if (_book.Read())
            _timers.Check();
    }
}

using Orchestrator.Control.Tests.Sites;
using Orchestrator.Replication.Source;
using Orchestrator.Simulation.Machines;
using Orchestrator.Simulation.Nodes;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Faults;

/// <summary>Makes things go wrong, as the plan of the seed says.</summary>
internal sealed class Chaos(SimulatedWorld world, MachineSites sites, TakeoverDeployment deployment, FaultPlan plan, Counters counters)
{
    private static readonly JournalFault[] JournalFaults =
    [
        JournalFault.Transient, JournalFault.Full, JournalFault.LostBeforeCommit, JournalFault.LostAfterCommit, JournalFault.FenceLoss,
        JournalFault.Slow, JournalFault.Duplicate, JournalFault.Reordered,
    ];

    private readonly SeededRandom _random = world.RandomOf("chaos");
    private readonly SeededRandom _trouble = world.RandomOf("trouble");

    /// <summary>One fault after another until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        foreach (var machine in sites.All)
            machine.Plan = Trouble;

        while (true)
        {
            await Task.Delay(plan.Every * (0.2 + (1.6 * _random.NextDouble())), world.Time, CancellationToken.None);
            if (stopping.IsCancellationRequested)
                return;

            var fault = Draw();
            counters.Count($"fault {fault}");
            Begin(fault);
        }
    }

    /// <summary>Everything works from now on, but for what was lost.</summary>
    public void Heal()
    {
        world.Network.Heal();
        foreach (var machine in sites.All)
        {
            machine.Plan = _ => null;
            machine.IsLinkBroken = false;
            (machine.Berlin.IsSilent, machine.Hamburg.IsSilent) = (false, false);
        }
    }

    private FaultClass Draw()
    {
        var left = _random.Next(plan.Classes.Sum(entry => entry.Weight));
        foreach (var (fault, weight) in plan.Classes)
        {
            if ((left -= weight) < 0)
                return fault;
        }

        return plan.Classes[0].Class;
    }

    private void Begin(FaultClass fault)
    {
        var node = world.Nodes[_random.Next(world.Nodes.Count)];
        switch (fault)
        {
            case FaultClass.Crash:
                (deployment.Serving?.Node ?? node).Kill();
                break;
            case FaultClass.Takeover:
                _ = deployment.TakeOverAsync();
                break;
            case FaultClass.Freeze:
                node.Freeze();
                After(2, 60, node.Thaw);
                break;
            case FaultClass.JournalCut:
                Cut(node.Name, SimulatedWorld.JournalPlace, both: true);
                break;
            case FaultClass.JournalCutOneWay:
                Cut(node.Name, SimulatedWorld.JournalPlace, both: false);
                break;
            case FaultClass.SiteCut:
                Cut(node.Name, MachineSites.Names[_random.Next(2)], both: _random.Next(2) == 0);
                break;
            case FaultClass.BadNetwork:
                Worsen();
                break;
            case FaultClass.ClockJump:
                node.Clock.Jump(TimeSpan.FromSeconds(_random.Next(-3600, 3601)));
                world.Timeline.Add(node.Name, $"its clock jumps, now {node.Clock.Offset} off");
                break;
            case FaultClass.ClockRate:
                node.Clock.SetRate(0.8 + (0.4 * _random.NextDouble()));
                break;
            case FaultClass.JournalFault:
                FailAppends();
                break;
            default:
                BeginAtSite(fault);
                break;
        }
    }

    private void BeginAtSite(FaultClass fault)
    {
        var machine = sites.All.ElementAt(_random.Next(plan.Machines));
        var site = _random.Next(2) == 0 ? machine.Berlin : machine.Hamburg;
        switch (fault)
        {
            case FaultClass.LinkBroken:
                machine.IsLinkBroken = true;
                After(2, 20, () => machine.IsLinkBroken = false);
                break;
            case FaultClass.CaptureLost when site.Source is { Run: not null } source:
                source.Lose(new CaptureLoss("ORC2010", "The change log was full."));
                world.Timeline.Add(site.Name, "loses track of changes");
                break;
            case FaultClass.SiteSilent:
                site.IsSilent = true;
                world.Timeline.Add(site.Name, "falls silent");
                After(2, 40, () => site.IsSilent = false);
                break;
        }
    }

    private void Cut(string from, string to, bool both)
    {
        var (a, b) = _random.Next(2) == 0 ? (from, to) : (to, from);
        world.Network.Cut(a, b);
        if (both)
            world.Network.Cut(b, a);

        world.Timeline.Add("network", $"{a} no longer reaches {b}{(both ? ", nor back" : "")}");
        After(2, 60, () =>
        {
            world.Network.Mend(a, b);
            world.Network.Mend(b, a);
        });
    }

    private void Worsen()
    {
        world.Network.Quality = new LinkQuality(
            TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(_random.Next(5, 3000)), plan.DropRate, plan.DuplicateRate);
        world.Timeline.Add("network", $"is bad, up to {world.Network.Quality.MaxDelay.TotalMilliseconds} ms");
        After(5, 60, () => world.Network.Quality = LinkQuality.Good);
    }

    private void FailAppends()
    {
        if (deployment.Serving is not { } serving)
            return;

        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            var fault = JournalFaults[_random.Next(JournalFaults.Length)];
            counters.Count($"journal {fault}");
            world.Timeline.Add("journal", $"{fault} at the next append of {serving.Node.Name}");
            serving.Link.FailNext(fault);
        }
    }

    private Trouble? Trouble(SiteCall call)
    {
        if (_trouble.NextDouble() >= plan.SiteTroubleRate)
            return null;

        var trouble = (Trouble)_trouble.Next(1, 4);
        counters.Count($"site {trouble}");
        return trouble;
    }

    private void After(int minSeconds, int maxSeconds, Action action) => _ = LaterAsync(TimeSpan.FromSeconds(_random.Next(minSeconds, maxSeconds)), action);

    private async Task LaterAsync(TimeSpan delay, Action action)
    {
        await Task.Delay(delay, world.Time, CancellationToken.None);
        action();
    }
}

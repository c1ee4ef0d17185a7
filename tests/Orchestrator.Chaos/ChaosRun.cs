using System.Diagnostics;

namespace Orchestrator.Chaos;

/// <summary>Three node processes on one PostgreSQL under load, while nodes, connections and the server are killed, stopped and restarted.</summary>
internal sealed class ChaosRun(ChaosPlan plan, ChaosLab lab)
{
    private static readonly string[] Names = ["n1", "n2", "n3"];

    public static async Task<bool> RunAsync(ChaosPlan plan)
    {
        await using var lab = await ChaosLab.CreateAsync(plan with { CommandsPerSecond = plan.CommandsPerSecond / Names.Length }, ChaosLab.Loopback, Names);
        ChaosLab.Say($"{Names.Length} nodes, {plan.Entities} entities, {plan.CommandsPerSecond} commands a second, {ChaosLab.Shards} shards");
        return await new ChaosRun(plan, lab).RunAsync();
    }

    private async Task<bool> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        foreach (var name in Names)
            await lab.StartAsync(name);

        await lab.OwnedAsync("start");
        await lab.LoadedAsync(TimeSpan.FromSeconds(5));
        do
        {
            await FaultsAsync();
        }
        while (clock.Elapsed < plan.Duration);

        await lab.LoadedAsync(plan.Pause);
        foreach (var node in lab.Nodes.Values)
            await lab.CheckedAsync($"{node.Name} stops in order", node.StopAsync);

        await lab.VerifyAsync();
        return lab.Sum();
    }

    private async Task FaultsAsync()
    {
        await lab.SharesAsync("n2");
        await FaultAsync("kill -9 of n2", async () =>
        {
            await lab.Nodes["n2"].KillAsync();
            await lab.OwnedAsync("kill -9 of n2", except: "n2");
            await lab.StartAsync("n2");
        });
        await lab.SharesAsync("n3");
        await FaultAsync($"n3 stands still for {plan.Freeze.TotalSeconds:0} s", async () =>
        {
            lab.Nodes["n3"].Freeze();
            await lab.OwnedAsync("n3 stands still", except: "n3");
            await Task.Delay(plan.Freeze - TimeSpan.FromSeconds(15), TimeProvider.System);
            lab.Nodes["n3"].Thaw();
            await lab.OwnedAsync("n3 goes on");
        });
        await FaultAsync("PostgreSQL restarts as after a crash", async () =>
        {
            await lab.Server.StopAsync("immediate");
            await lab.Server.StartAsync();
            await lab.OwnedAsync("restart of PostgreSQL");
        });
        await FaultAsync("backends are terminated every 2 s", async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await lab.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'orchestrator%'");
                await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
            }

            await lab.OwnedAsync("termination of backends");
        });
        await lab.SharesAsync("n1");
        await FaultAsync("n1 stops in order and returns", async () =>
        {
            await lab.Nodes["n1"].StopAsync();
            await lab.OwnedAsync("n1 stops in order", except: "n1");
            await lab.StartAsync("n1");
        });
    }

    private async Task FaultAsync(string name, Func<Task> fault)
    {
        ChaosLab.Say(name);
        await lab.CheckedAsync(name, fault);
        await lab.LoadedAsync(plan.Pause);
    }
}

/// <summary>How much is done.</summary>
/// <param name="Entities">Entities commands go to.</param>
/// <param name="CommandsPerSecond">Over all nodes.</param>
/// <param name="Duration">At least so long; every fault happens at least once.</param>
/// <param name="Freeze">How long a node stands still.</param>
/// <param name="IsShort">Whether only as much is done as the normal test run has time for.</param>
/// <param name="IsVerbose">Whether what the nodes say is shown.</param>
internal sealed record ChaosPlan(int Entities, int CommandsPerSecond, TimeSpan Duration, TimeSpan Freeze, bool IsShort, bool IsVerbose)
{
    /// <summary>How long the load goes on between two faults.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(IsShort ? 2 : 5);
}

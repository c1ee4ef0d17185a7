namespace Orchestrator.Chaos;

/// <summary>Two nodes in network namespaces of their own, cut off from the database, from each other, and in one direction only.</summary>
internal static class PartitionRun
{
    public static async Task<bool> RunAsync(ChaosPlan plan)
    {
        await using var network = await NetworkLab.CreateAsync();
        var addresses = new Dictionary<string, string> { ["n1"] = await network.AddAsync("n1"), ["n2"] = await network.AddAsync("n2") };
        await using var lab = await ChaosLab.CreateAsync(plan with { CommandsPerSecond = plan.CommandsPerSecond / 4 }, NetworkLab.Host, addresses.Keys);
        foreach (var (name, address) in addresses)
            await lab.StartAsync(name, address, network.Inside(name));

        await lab.OwnedAsync("start");
        await lab.LoadedAsync(plan.Pause);
        await CutAsync("n2 is cut off from everything", [() => network.DropOutgoingAsync("n2", NetworkLab.Host),
            () => network.DropIncomingAsync("n2", NetworkLab.Host), () => network.DropOutgoingAsync("n2", addresses["n1"])], takesOver: true);
        await CutAsync("what n2 sends to the database is lost, what it receives is not",
            [() => network.DropOutgoingAsync("n2", NetworkLab.Host)], takesOver: true);
        if (!plan.IsShort)
        {
            await CutAsync("n2 hears nothing of the database, which hears n2",
                [() => network.DropIncomingAsync("n2", NetworkLab.Host)], takesOver: true);
            await CutAsync("n1 and n2 reach the database and not each other", [() => network.DropOutgoingAsync("n2", addresses["n1"])], takesOver: false);
        }

        foreach (var node in lab.Nodes.Values)
            await lab.CheckedAsync($"{node.Name} stops in order", node.StopAsync);

        await lab.VerifyAsync();
        return lab.Sum();

        async Task CutAsync(string what, IEnumerable<Func<Task>> cuts, bool takesOver)
        {
            await lab.SharesAsync("n2");
            ChaosLab.Say(what);
            foreach (var cut in cuts)
                await cut();

            await lab.OwnedAsync(what, takesOver ? "n2" : null);
            await lab.LoadedAsync(plan.Pause);
            await network.HealAsync("n2");
            await lab.OwnedAsync("the network is whole again");
            await lab.LoadedAsync(plan.Pause);
        }
    }
}

using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Simulation;

namespace TestKitScenarios;

/// <summary>The plan on two nodes, one after the other, under faults that a seed draws.</summary>
internal static class ClusterScenarios
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(2);

    public static async Task The_shop_recovers_whatever_happens_to_its_nodes()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            var shop = new SimulatedShop(seed);
            await shop.World.RunAsync(shop.RunAsync, Limit);
        }
    }

    /// <summary>Two nodes, a site that brings machines up, and an operator who makes sure that the plan is started.</summary>
    private sealed class SimulatedShop
    {
        private readonly SeededRandom _random;
        private readonly List<string> _done = [];
        private WorldNode? _serving;
        private ShardRegion<ShopCommand>? _plan;

        public SimulatedShop(long seed)
        {
            World = new SimulatedWorld(seed);
            World.AddNode("a");
            World.AddNode("b");
            _random = World.RandomOf("operator");
        }

        public SimulatedWorld World { get; }

        public async Task RunAsync()
        {
            await StartAsync(World.Nodes[0]);
            await AskAsync(new ShopCommand.Start());
            while (!IsRecovered())
            {
                await Task.Delay(TimeSpan.FromSeconds(_random.Next(5, 60)), World.Time);
                if (_random.Next(3) == 0)
                    await FailAsync();
            }

            if (!_done.SequenceEqual(ShopRecovery.Order.Select(machine => $"1/{machine}")))
                throw World.Failure("order", $"the site brought up {string.Join(", ", _done)}");
        }

        /// <summary>Kills the node, or leaves it running and unable to write, and lets the other one take over.</summary>
        private async Task FailAsync()
        {
            var old = _serving!;
            if (_random.Next(2) == 0)
                old.Kill();
            else
                World.Network.Cut(old.Name, SimulatedWorld.JournalPlace);

            await StartAsync(World.Nodes.First(node => node != old));
            World.Network.Heal();
            old.Kill();
        }

        private async Task StartAsync(WorldNode node)
        {
            node.Start();
            _serving = node;
            var system = new ActorSystem(new ActorSystemOptions
            {
                Time = node.Clock, Random = node.Random, Dispatcher = node.Dispatcher, Journal = World.JournalOf(node),
            });
            var plan = system.AddRegion(ShopEvents.Definition(asked => World.Network.Send(node.Name, "site", () => BringUp(asked))));
            await node.CallAsync(() => system.StartAsync());
            plan.Wake("shop");
            _plan = plan;
        }

        /// <summary>The site does each key once, and tells whoever serves the plan by then.</summary>
        private void BringUp(FailOverMachine asked)
        {
            if (!_done.Contains(asked.Key))
            {
                _done.Add(asked.Key);
                World.Timeline.Add("site", $"brings {asked.Machine} up");
            }

            _ = AskAsync(new ShopCommand.MachineIsUp(asked.Machine));
        }

        private async Task AskAsync(ShopCommand command)
        {
            try
            {
                await _serving!.CallAsync(() => _plan!.Ask<string>("shop", command, TimeSpan.FromSeconds(20)));
            }
            catch (Exception error) when (error is AskException or NodeLostException)
            {
                // Nobody knows whether it arrived; the plan's deadline makes it ask again.
                World.Timeline.Add("site", error.Message);
            }
        }

        private bool IsRecovered() =>
            World.Journal.EventsOf(new PersistenceId(1000, "shop")) is { Count: > 0 } history && history[^1].TypeId == 3;
    }
}

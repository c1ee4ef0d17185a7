using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Sessions;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Network;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_under_simulated_faults
{
    private static readonly BusOptions Options = new() { WindowFrames = 16, ShardWindowFrames = 8, StallLimit = TimeSpan.FromSeconds(2) };

    private static readonly LinkFaults Rough = new()
    {
        MinDelay = TimeSpan.FromMilliseconds(1),
        MaxDelay = TimeSpan.FromMilliseconds(80),
        Drop = 0.05,
        Duplicate = 0.1,
        Reorder = true,
    };

    [Fact]
    public async Task Every_ask_ends_once_and_nothing_is_received_twice_whatever_the_network_does()
    {
        for (var seed = 1L; seed <= 40; seed++)
        {
            var run = await RunAsync(seed);
            run.Outcomes.Should().HaveCount(200, "seed {0}", seed);
            run.Received.Should().OnlyHaveUniqueItems("seed {0}", seed);
            run.Answered.Should().BeSubsetOf(run.Received, "seed {0}", seed);
            run.NotDone.Should().NotIntersectWith(run.Received, "what is said not to be done must not have arrived; seed {0}", seed);
            run.Answered.Should().NotBeEmpty("seed {0}", seed);
        }
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_run()
    {
        var (first, second, other) = (await RunAsync(7), await RunAsync(7), await RunAsync(8));
        first.Trace.Should().Be(second.Trace).And.NotBe(other.Trace);
        first.Outcomes.Should().Equal(second.Outcomes);
    }

    [Fact]
    public async Task A_short_one_way_cut_only_delays()
    {
        await using var rig = new SimulatedRig();
        await rig.RunAsync(async () =>
        {
            await rig.ListenAsync();
            await using var peer = rig.Connect();
            await peer.AskAsync(BusRig.Message("before"), TimeSpan.FromSeconds(9));
            rig.Network.Cut("a", "b");
            var ask = peer.AskAsync(BusRig.Message("during"), TimeSpan.FromSeconds(9));
            await Task.Delay(TimeSpan.FromSeconds(2), rig.Time);
            ask.IsCompleted.Should().BeFalse();
            rig.Network.Heal("a", "b");
            (await ask).Should().BeOfType<BusOutcome.Ok>();
            rig.EventsOfA.Items.OfType<BusEvent.Connected>().Should().HaveCount(1);
        });
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public async Task A_long_one_way_cut_ends_the_connection_on_both_sides(string from, string to)
    {
        await using var rig = new SimulatedRig();
        await rig.RunAsync(async () =>
        {
            await rig.ListenAsync();
            var peer = rig.Connect();
            await peer.AskAsync(BusRig.Message("before"), TimeSpan.FromSeconds(9));
            rig.Network.Cut(from, to);
            var outcome = await peer.AskAsync(BusRig.Message("during"), TimeSpan.FromMinutes(2));
            outcome.Should().BeOfType<BusOutcome.Unknown>();
            rig.Time.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
            await rig.EventsOfA.FirstAsync<BusEvent.Disconnected>();
            await Task.Delay(TimeSpan.FromSeconds(20), rig.Time);
            rig.EventsOfB.Items.OfType<BusEvent.Ended>().Should().NotBeEmpty();
            rig.Network.Heal(from, to);
            await rig.EventsOfA.UntilAsync(events => events.OfType<BusEvent.Connected>().Count() == 2);
            (await peer.AskAsync(BusRig.Message("after"), TimeSpan.FromSeconds(9))).Should().BeOfType<BusOutcome.Ok>();
        });
    }

    [Theory]
    [InlineData(false, ClusterErrorCodes.ConnectionLost)]
    [InlineData(true, ClusterErrorCodes.PeerSilent)]
    public async Task A_crash_leaves_the_outcome_unknown_and_the_successor_is_found(bool isSilent, string code)
    {
        await using var rig = new SimulatedRig();
        await rig.RunAsync(async () =>
        {
            await rig.ListenAsync();
            var peer = rig.Connect();
            rig.Receiver.Answer = _ => null;
            var ask = peer.AskAsync(BusRig.Message(), TimeSpan.FromMinutes(1));
            await rig.Receiver.Arrived.CountAsync(1);
            rig.Network.Crash(new PeerAddress("b", 1), isSilent);
            (await ask).Should().BeOfType<BusOutcome.Unknown>().Which.Code.Should().Be(code);
            rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
            await rig.ListenAsync();
            await rig.EventsOfA.UntilAsync(events => events.OfType<BusEvent.Connected>().Count() == 2);
            (await peer.AskAsync(BusRig.Message(), TimeSpan.FromSeconds(9))).Should().BeOfType<BusOutcome.Ok>();
        });
    }

    [Fact]
    public void An_identifier_counts_once_inside_the_window_and_not_at_all_behind_it()
    {
        var seen = new SeenIds(128);
        var random = new SeededRandom(3);
        var marked = new HashSet<ulong>();
        var highest = 0UL;
        for (var step = 0; step < 20_000; step++)
        {
            var id = (ulong)Math.Max(1, (long)highest + random.Next(-300, step % 100 == 0 ? 2000 : 4));
            var isNew = seen.TryMark(id);
            if (isNew) marked.Add(id).Should().BeTrue("identifier {0} was used before", id);
            else (marked.Contains(id) || highest - id >= 128).Should().BeTrue("identifier {0} is fresh and near {1}", id, highest);
            highest = Math.Max(highest, id);
        }
    }

    private sealed record Run(ulong Trace, List<string> Outcomes, List<string> Received, List<string> Answered, List<string> NotDone);

    private static async Task<Run> RunAsync(long seed)
    {
        await using var rig = new SimulatedRig(seed) { Options = Options };
        var outcomes = new List<BusOutcome>();
        await rig.RunAsync(async () =>
        {
            rig.Network.Default = Rough;
            await rig.ListenAsync();
            var peer = rig.Connect();
            var random = new SeededRandom(seed).Fork(99);
            var asks = new List<Task<BusOutcome>>();
            for (var number = 0; number < 200; number++)
            {
                asks.Add(peer.AskAsync(BusRig.Message($"{number}", shard: random.Next(4)), TimeSpan.FromMilliseconds(random.Next(100, 3000))));
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(30)), rig.Time);
                if (number == 100) rig.Network.Cut("a", "b");
                if (number == 120) rig.Network.Heal("a", "b");
                if (number == 150) rig.BreakConnections();
            }

            foreach (var ask in asks) outcomes.Add(await ask);
        });
        List<string> Where(Func<BusOutcome, bool> isIt) =>
            [.. outcomes.Select((outcome, index) => (outcome, index)).Where(pair => isIt(pair.outcome)).Select(pair => $"{pair.index}")];
        return new Run(
            rig.Loop.TraceHash, [.. outcomes.Select(outcome => outcome.GetType().Name)], [.. rig.Receiver.Names],
            Where(outcome => outcome is BusOutcome.Ok),
            Where(outcome => outcome is BusOutcome.Busy or BusOutcome.Unavailable or BusOutcome.Failed { Code: ClusterErrorCodes.DeadlinePassed }));
    }
}

using FsCheck;
using FsCheck.Fluent;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.TestKit;

public sealed class DeterminismTests
{
    // A longer search is a matter of time only: ORCHESTRATOR_CASES=20000.
    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("ORCHESTRATOR_CASES"), out var cases) ? cases : 60;

    private static readonly string[] Names = ["a", "b", "c", "d"];

    [Fact]
    public async Task The_same_seed_gives_the_same_trace()
    {
        var first = await RunAsync(7);
        var second = await RunAsync(7);

        second.Trace.Should().Be(first.Trace);
        second.Lines.Should().Equal(first.Lines);
    }

    [Fact]
    public async Task Another_seed_gives_another_order()
    {
        var orders = new HashSet<string>();
        for (var seed = 1; seed <= 5; seed++)
            orders.Add(string.Join('\n', (await RunAsync(seed)).Lines));

        orders.Count.Should().BeGreaterThan(1);
    }

    /// <summary>Whatever goes wrong: what was confirmed is stored once, in memory and in the journal, before and after a crash.</summary>
    [Fact]
    public void Keeps_every_confirmed_operation_exactly_once_under_faults() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => KeepsConfirmedOperationsAsync(seed).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    private static async Task<bool> KeepsConfirmedOperationsAsync(int seed)
    {
        var random = new SeededRandom(seed);
        await using var node = await LedgerNode.StartAsync(seed, definition => definition with { Snapshots = new LedgerSnapshots(), SnapshotEvery = 4 });
        var sent = new List<(string Entity, string Operation, Task<int> Ask)>();
        for (var step = 0; step < 60; step++)
            await StepAsync(node, random, sent, step);

        node.Kit.Journal.Release();
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(5));
        if (node.Kit.Journal.IsCrashed || node.Kit.Events.Any(one => one is KernelEvent.ShardLost))
            await node.Kit.CrashAsync();

        foreach (var name in Names)
            await CheckAsync(node, name, sent);

        return true;
    }

    private static async Task StepAsync(LedgerNode node, SeededRandom random, List<(string, string, Task<int>)> sent, int step)
    {
        switch (random.Next(12))
        {
            case 0:
                node.Kit.Journal.FailNext((JournalFault)random.Next(1, 8));
                break;
            case 1:
                await node.Kit.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(3000)));
                break;
            case 2:
                node.Region.Passivate(Names[random.Next(Names.Length)]);
                break;
            case 3 when random.Next(3) == 0 || node.Kit.Journal.IsCrashed:
                await node.Kit.CrashAsync();
                break;
            case 4:
                node.Region.Tell(Names[random.Next(Names.Length)], new LedgerCommand.Throw());
                break;
            case 5:
                await node.Kit.IdleAsync();
                break;
            case 6 when random.Next(8) == 0:
                node.Kit.Journal.Steal(LedgerNode.ShardOf(Names[random.Next(Names.Length)]));
                break;
            case 7 when random.Next(2) == 0:
                node.Kit.Journal.Hold();
                break;
            case 8:
                node.Kit.Journal.Release();
                break;
            default:
                var (name, operation) = (Names[random.Next(Names.Length)], $"op{step}");
                sent.Add((name, operation, node.Add(name, operation)));
                break;
        }
    }

    private static async Task CheckAsync(LedgerNode node, string name, List<(string Entity, string Operation, Task<int> Ask)> sent)
    {
        var state = await node.ReadAsync(name, within: TimeSpan.FromMinutes(2));
        var codec = new LedgerCodec();
        var stored = node.Kit.Journal.EventsOf(LedgerNode.Id(name)).Select(e => codec.Decode(e.TypeId, e.TypeVersion, e.Payload).Operation).ToList();
        state.Done.Should().Equal(stored).And.OnlyHaveUniqueItems();
        var confirmed = sent.Where(one => one.Entity == name && one.Ask.IsCompletedSuccessfully).Select(one => one.Operation);
        confirmed.Should().BeSubsetOf(state.Done);
        var refused = sent.Where(one => one.Entity == name && one.Ask.Exception?.InnerException is AskException
        {
            Reason: AskFailure.Busy or AskFailure.Unavailable or AskFailure.Stopped or AskFailure.Rejected,
        });
        state.Done.Intersect(refused.Select(one => one.Operation)).Should().BeEmpty();
    }

    private static async Task<(ulong Trace, IReadOnlyList<string> Lines)> RunAsync(long seed)
    {
        await using var node = await LedgerNode.StartAsync(seed);
        node.Kit.Journal.FailNext(JournalFault.Transient, JournalFault.LostAfterCommit);
        for (var number = 0; number < 10; number++)
        {
            foreach (var name in Names)
                node.Region.Tell(name, new LedgerCommand.Add($"{name}{number}", number));
        }

        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(30));
        return (node.Kit.Dispatcher.TraceHash, node.Log.Lines);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.TestKit;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Cluster;

/// <summary>Control nodes over one journal and the same two sites, on one loop and one clock.</summary>
internal sealed class ControlCluster : IAsyncDisposable
{
    private const int ShardCount = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly InMemoryJournal _store;
    private readonly MachineEvents _events = new(new MachineEventCodec());
    private int _incarnations;
    private int _operations;

    internal ControlCluster()
    {
        Loop = new DeterministicDispatcher(1, Time);
        World = new World(Time);
        _store = new InMemoryJournal(ShardCount, Time);
        Network = new InMemoryNetwork(Time, new SeededRandom(2));
    }

    internal ManualTime Time { get; } = new();

    internal DeterministicDispatcher Loop { get; }

    internal World World { get; }

    internal InMemoryNetwork Network { get; }

    internal List<Member> Members { get; } = [];

    internal IEnumerable<Member> Alive => Members.Where(member => !member.Link.IsDead);

    /// <summary>The machine's state as the journal has it, whoever serves it.</summary>
    internal State State => StateOf(Rig.Machine);

    /// <summary>The node that serves the machine; null while none does.</summary>
    internal Member? Owner => Alive.SingleOrDefault(member => member.Node.System.Serves(ShardHash.ShardOf(Rig.Machine, ShardCount)));

    internal static async Task<ControlCluster> StartedAsync(params string[] names)
    {
        var cluster = new ControlCluster();
        foreach (var name in names) await cluster.StartAsync(name);
        await cluster.UntilAsync(() => cluster.Members.Sum(member => member.Node.System.ServedShards.Count) == ShardCount
            && cluster.Members.All(member => member.Node.System.ServedShards.Count > 0), "every node has its share");
        return cluster;
    }

    /// <summary>Three nodes, of which one serves a machine that is protected.</summary>
    internal static async Task<ControlCluster> ProtectedAsync()
    {
        var cluster = await StartedAsync("a", "b", "c");
        await cluster.ProtectAsync(cluster.Members[0], Rig.Machine);
        await cluster.UntilAsync(() => Life.IsHealthy(cluster.State), "the protection");
        return cluster;
    }

    internal async Task<Member> StartAsync(string name)
    {
        var member = new Member(this, name);
        Members.Add(member);
        await Loop.RunAsync(() => member.Node.StartAsync(default), Patience);
        return member;
    }

    internal State StateOf(string machine) => _store.EventsOf(new PersistenceId(MachineActor.Kind, machine))
        .SelectMany(_events.Decode).Aggregate(ProtectedMachine.Initial, ProtectedMachine.Evolve);

    internal Task ProtectAsync(Member at, string machine) => Loop.RunAsync(() => at.Operations.ProtectAsync(
        new ProtectRequest(NextOperation(), machine, "S0", "berlin", "hamburg", ["/dev/web1"], null), "tester", default), Patience);

    internal Task OperateAsync(Member at, string kind, string machine = Rig.Machine) => Loop.RunAsync(() => at.Operations.OperateAsync(
        machine, new OperationRequest(NextOperation(), kind, null, "fine"), "tester", default), Patience);

    /// <summary>Lets time pass until it holds; a node whose call hangs is killed if that is wanted.</summary>
    internal async Task UntilAsync(Func<bool> holds, string what, bool killsHanging = false)
    {
        var end = Time.Elapsed + TimeSpan.FromMinutes(10);
        while (!holds())
        {
            if (Time.Elapsed > end) throw new TimeoutException($"'{what}' did not come about; the machine is {State}.");
            await Loop.AdvanceAsync(TimeSpan.FromSeconds(1));
            if (killsHanging && World.Hanging is { } caller) Kill(Members.Single(member => member.Link == caller.Link));
        }
    }

    /// <summary>Nothing of it reaches anybody any more: nothing can be taken back from the loop.</summary>
    internal void Kill(Member member)
    {
        World.Hanging = null;
        member.Link.IsDead = true;
        member.Membership.IsCutOff = true;
        member.Journal.FailNext(JournalFault.CrashBeforeCommit);
        Network.Disconnect(member.Name);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private Guid NextOperation() => Ids.Of($"operation {++_operations}");

    internal sealed class Member
    {
        internal Member(ControlCluster cluster, string name)
        {
            Name = name;
            Link = new NodeLink(name);
            Journal = cluster._store.Reopen();
            Membership = new InMemoryClusterStore(Journal, cluster.Time);
            var router = new ClusterRouter(cluster.Network.LinkOf(name), cluster.Time);
            Node = new ControlNode(new ControlOptions
            {
                Journal = Journal,
                Sites = cluster.World.DirectoryFor(Link),
                Time = cluster.Time,
                Random = new SeededRandom(3),
                Dispatcher = cluster.Loop,
                MonitorInterval = TimeSpan.FromSeconds(1),
                Router = router,
                Cluster = (system, tell) => new ClusterMember(system, Membership, new ClusterOptions
                {
                    Node = () => new NodeRecord(
                        new Guid(++cluster._incarnations, 0, 0, new byte[8]), name, new Uri($"https://{name}:9443"), "east", true, "1.0", default),
                    OnEvent = happened =>
                    {
                        Events.Add(happened);
                        tell(happened);
                        router.On(happened);
                    },
                }),
            }, NullLoggerFactory.Instance);
            router.Bind(Node.System, Node.Member!);
            cluster.Network.Connect(name, router, Node.Member!.Poke);
            Operations = new MachineOperations(Node, World.PointInterval);
        }

        internal string Name { get; }

        internal NodeLink Link { get; }

        internal InMemoryJournal Journal { get; }

        internal InMemoryClusterStore Membership { get; }

        internal ControlNode Node { get; }

        internal MachineOperations Operations { get; }

        internal List<ClusterEvent> Events { get; } = [];
    }
}

using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Tests.Sharding;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Cluster;

/// <summary>Nodes with ledgers over one store, on one loop and one clock.</summary>
internal sealed class LedgerCluster : IAsyncDisposable
{
    public const int ShardCount = 32;
    private readonly InMemoryJournal _store;
    private readonly SeededRandom _random;
    private int _starts;

    public LedgerCluster(long seed = 1)
    {
        Loop = new DeterministicDispatcher(seed, Time);
        _store = new InMemoryJournal(ShardCount, Time);
        _random = new SeededRandom(seed);
        Network = new InMemoryNetwork(Time, new SeededRandom(seed + 1000));
        StoreClock = Time;
    }

    public ManualTime Time { get; } = new();

    public TimeProvider StoreClock { get; set; }

    public DeterministicDispatcher Loop { get; }

    public InMemoryNetwork Network { get; }

    public List<Member> Members { get; } = [];

    public InMemoryJournal Store => _store;

    public PlacementRules Rules { get; init; } = new();

    public Member Add(string name, string zone = "east", bool hostsEntities = true)
    {
        var member = new Member(this, name, zone, hostsEntities);
        Members.Add(member);
        return member;
    }

    public async Task<Member> StartAsync(string name, string zone = "east", bool hostsEntities = true)
    {
        var member = Add(name, zone, hostsEntities);
        await Loop.RunAsync(() => member.Cluster.StartAsync(), TimeSpan.FromMinutes(1));
        return member;
    }

    public Task AdvanceAsync(double seconds) => Loop.AdvanceAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>No shard is served by two nodes at once.</summary>
    public void ShouldHaveOneServerPerShard() =>
        Members.SelectMany(member => member.System.ServedShards).Should().OnlyHaveUniqueItems();

    public Guid NextId() => new(++_starts, 0, 0, new byte[8]);

    public void ShouldServeAllShards() =>
        Members.Where(member => !member.IsDead).SelectMany(member => member.System.ServedShards).Order()
            .Should().Equal(Enumerable.Range(0, ShardCount));

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members.Where(member => !member.IsDead))
        {
            member.Membership.IsCutOff = false;
            await Loop.RunAsync(() => member.System.StopAsync(), TimeSpan.FromHours(1));
            await member.Router.DisposeAsync();
        }
    }

    internal sealed class Member
    {
        private readonly InMemoryNetwork _network;

        public Member(LedgerCluster cluster, string name, string zone, bool hostsEntities)
        {
            Name = name;
            _network = cluster.Network;
            Router = new ClusterRouter(cluster.Network.LinkOf(name), cluster.Time);
            Journal = cluster._store.Reopen();
            Membership = new InMemoryClusterStore(Journal, cluster.StoreClock);
            System = new ActorSystem(new ActorSystemOptions
            {
                Time = cluster.Time, Random = cluster._random, Dispatcher = cluster.Loop, Journal = Journal, Router = Router,
            });
            Region = System.AddRegion(new EntityDefinition<LedgerState, LedgerCommand, Added>
            {
                Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(Log), Events = new LedgerCodec(),
                Messages = new LedgerMessages(),
            });
            Cluster = new ClusterMember(System, Membership, new ClusterOptions
            {
                Node = () => new NodeRecord(cluster.NextId(), name, new Uri($"https://{name}:9443"), zone, hostsEntities, "1.0", default),
                Placement = cluster.Rules,
                OnEvent = reported =>
                {
                    Events.Add(reported);
                    Router.On(reported);
                },
            });
            Router.Bind(System, Cluster);
            cluster.Network.Connect(name, Router, Cluster.Poke);
        }

        public string Name { get; }

        public ClusterRouter Router { get; }

        public LedgerLog Log { get; } = new();

        public List<ClusterEvent> Events { get; } = [];

        public InMemoryJournal Journal { get; }

        public InMemoryClusterStore Membership { get; }

        public ActorSystem System { get; }

        public ShardRegion<LedgerCommand> Region { get; }

        public ClusterMember Cluster { get; }

        /// <summary>Killed: the test lets none of its calls through any more, as nothing can be taken back from the loop.</summary>
        public bool IsDead { get; private set; }

        public void Kill()
        {
            IsDead = true;
            Membership.IsCutOff = true;
            _network.Disconnect(Name);
        }

        public Task<int> Add(string name, string operation) => Region.Ask<int>(name, new LedgerCommand.Add(operation, 1), LedgerNode.Patience);
    }
}

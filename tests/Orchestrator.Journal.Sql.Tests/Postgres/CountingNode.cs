using System.Collections.Concurrent;
using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>A node with entities that count by events and answer the count when it is stored.</summary>
internal sealed class CountingNode : IAsyncDisposable
{
    private const int Kind = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ActorSystem _system;
    private readonly ShardRegion<bool> _region;
    private readonly ConcurrentQueue<KernelEvent> _events = new();

    private CountingNode(IJournal journal)
    {
        _system = new ActorSystem(new ActorSystemOptions
        {
            Time = TimeProvider.System, Random = new Random(1), Journal = journal, OnEvent = _events.Enqueue,
        });
        _region = _system.AddRegion(new EntityDefinition<long, bool, byte[]>
        {
            Kind = Kind, KindName = "counter", Create = static _ => new Counter(), Events = new Bytes(),
            Restart = new RestartPolicy { MaxBackoff = TimeSpan.FromSeconds(1) },
        });
    }

    public IEnumerable<KernelEvent.ShardLost> LostShards => _events.OfType<KernelEvent.ShardLost>();

    public IEnumerable<KernelEvent.AppendFailed> FailedAppends => _events.OfType<KernelEvent.AppendFailed>();

    public static async Task<CountingNode> StartAsync(IJournal journal)
    {
        var node = new CountingNode(journal);
        await node._system.StartAsync();
        return node;
    }

    /// <summary>Counts one further.</summary>
    /// <returns>The count, stored.</returns>
    public Task<long> AddAsync(string name) => _region.Ask<long>(name, true, Patience);

    /// <summary>Lets many entities count as fast as they can, until it is stopped.</summary>
    public Load StartLoad(int actors) => new(this, actors);

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    /// <summary>Clients that never give up, and what they were told is stored.</summary>
    internal sealed class Load
    {
        private readonly CountingNode _node;
        private readonly ConcurrentQueue<(string Name, long Count)> _acknowledged = new();
        private readonly List<Task> _clients;
        private volatile bool _isStopping;

        public Load(CountingNode node, int actors)
        {
            _node = node;
            _clients = [.. Enumerable.Range(0, actors).Select(i => RunAsync($"counter-{i}"))];
        }

        /// <summary>Waits until so many more are acknowledged.</summary>
        public async Task MoreAsync(int count)
        {
            var (start, goal) = (TimeProvider.System.GetTimestamp(), _acknowledged.Count + count);
            while (_acknowledged.Count < goal)
            {
                TimeProvider.System.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromMinutes(2), "the clients must get on");
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }

        public async Task StopAsync()
        {
            _isStopping = true;
            await Task.WhenAll(_clients);
        }

        /// <summary>Fails if something acknowledged is not stored, or was acknowledged twice.</summary>
        public async Task ShouldBeStoredAsync(IJournal journal)
        {
            foreach (var entity in _acknowledged.GroupBy(static a => a.Name))
            {
                var stored = await journal.ReadEntityAsync(new PersistenceId(Kind, entity.Key), 1, int.MaxValue, CancellationToken.None);
                var counts = entity.Select(static a => a.Count).ToList();
                counts.Should().OnlyHaveUniqueItems();
                counts.Max().Should().BeLessThanOrEqualTo(stored.Count);
            }
        }

        private async Task RunAsync(string name)
        {
            while (!_isStopping)
            {
                try
                {
                    _acknowledged.Enqueue((name, await _node.AddAsync(name)));
                }
                catch (Exception error) when (error is not OutOfMemoryException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                }
            }
        }
    }

    private sealed class Counter : PersistentActor<long, bool, byte[]>
    {
        protected override long InitialState(PersistenceId id) => 0;

        protected override Effect<long, byte[]> OnCommand(long state, bool command, EntityContext<bool> context) =>
            Persist([1, 2, 3]).ReplyWith(static after => after);

        protected override long Apply(long state, byte[] @event) => state + 1;
    }

    private sealed class Bytes : IEventCodec<byte[]>
    {
        public EncodedEvent Encode(byte[] @event) => new(1, 1, @event);

        public byte[] Decode(int typeId, short typeVersion, byte[]? payload) => payload!;
    }
}

using System.Globalization;
using System.Text;
using Orchestrator.Actors.Sharding;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Sharding;

/// <summary>Two systems over one store on one loop, each other's router; which of them serves a shard is up to the test.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    public const int ShardCount = 8;

    public TwoNodes(long seed = 1)
    {
        Time = new ManualTime();
        Loop = new DeterministicDispatcher(seed, Time);
        var store = new InMemoryJournal(ShardCount, Time);
        A = new Member(this, store, seed);
        B = new Member(this, store.Reopen(), seed + 1);
    }

    public ManualTime Time { get; }

    public DeterministicDispatcher Loop { get; }

    public Member A { get; }

    public Member B { get; }

    public async Task GrantAllAsync(Member member) => await Loop.RunAsync(async () =>
        member.System.AddShards(await member.Journal.AcquireAsync([.. Enumerable.Range(0, ShardCount)], CancellationToken.None)));

    public async Task GrantAsync(Member member, params string[] names) => await Loop.RunAsync(async () => member.System.AddShards(
        await member.Journal.AcquireAsync([.. names.Select(name => ShardHash.ShardOf(name, ShardCount)).Distinct()], CancellationToken.None)));

    /// <summary>Hands a shard over in order.</summary>
    public async Task<bool> MoveAsync(Member from, Member to, string name, Action? whileDraining = null) => await Loop.RunAsync(async () =>
    {
        var shard = ShardHash.ShardOf(name, ShardCount);
        var draining = from.System.DrainShardAsync(shard, TimeSpan.FromSeconds(15));
        whileDraining?.Invoke();
        var inTime = await draining;
        to.System.AddShards(await to.Journal.AcquireAsync([shard], CancellationToken.None));
        return inTime;
    }, TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        A.Journal.Release();
        B.Journal.Release();
        await Loop.RunAsync(() => A.System.StopAsync(), TimeSpan.FromHours(1));
        await Loop.RunAsync(() => B.System.StopAsync(), TimeSpan.FromHours(1));
    }

    internal sealed class Member : IShardRouter
    {
        private readonly TwoNodes _nodes;

        public Member(TwoNodes nodes, InMemoryJournal journal, long seed)
        {
            _nodes = nodes;
            Journal = journal;
            System = new ActorSystem(new ActorSystemOptions
            {
                Time = nodes.Time, Random = new SeededRandom(seed), Dispatcher = nodes.Loop, Journal = journal, Router = this,
            });
            Region = System.AddRegion(new EntityDefinition<LedgerState, LedgerCommand, Added>
            {
                Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(Log), Events = new LedgerCodec(),
                Messages = new LedgerMessages(),
            });
            System.StartEmpty();
        }

        public LedgerLog Log { get; } = new();

        public InMemoryJournal Journal { get; }

        public ActorSystem System { get; }

        public ShardRegion<LedgerCommand> Region { get; }

        public List<RoutedMessage> Routed { get; } = [];

        public Task<int> Add(string name, string operation) =>
            Region.Ask<int>(name, new LedgerCommand.Add(operation, 1), LedgerNode.Patience);

        /// <summary>The way to the other node; tests put worse ones in its place.</summary>
        public Func<RoutedMessage, TellOutcome>? Network { get; set; }

        public TellOutcome Route(RoutedMessage message)
        {
            Routed.Add(message);
            return Network?.Invoke(message) ?? Carry(message);
        }

        /// <summary>Gives a message to the other node.</summary>
        public TellOutcome Carry(RoutedMessage message)
        {
            var other = this == _nodes.A ? _nodes.B : _nodes.A;
            return other.System.Deliver(message with { Hops = message.Hops + 1 });
        }
    }
}

/// <summary>Adds and sums as text.</summary>
internal sealed class LedgerMessages : IMessageCodec<LedgerCommand>
{
    public byte[] Encode(LedgerCommand command) => command is LedgerCommand.Add add
        ? Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{add.Operation}={add.Amount}"))
        : throw new FormatException($"{command} stays on its node");

    public LedgerCommand Decode(ReadOnlyMemory<byte> body)
    {
        var parts = Encoding.UTF8.GetString(body.Span).Split('=');
        return new LedgerCommand.Add(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    public byte[] EncodeReply(object? reply) => BitConverter.GetBytes((int)reply!);

    public object? DecodeReply(ReadOnlyMemory<byte> body) => BitConverter.ToInt32(body.Span);
}

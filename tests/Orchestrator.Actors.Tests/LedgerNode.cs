using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests;

/// <summary>A node with ledgers, on virtual time.</summary>
internal sealed class LedgerNode : IAsyncDisposable
{
    public const int Kind = 3;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private LedgerNode(
        long seed, Func<EntityDefinition<LedgerState, LedgerCommand, Added>, EntityDefinition<LedgerState, LedgerCommand, Added>>? change,
        Func<ActorSystemOptions, ActorSystemOptions>? options)
    {
        Definition = new EntityDefinition<LedgerState, LedgerCommand, Added>
        {
            Kind = Kind, KindName = "ledger", Create = _ => new Ledger(Log), Events = new LedgerCodec(),
        };
        Definition = change?.Invoke(Definition) ?? Definition;
        Kit = new ActorTestKit(seed, system => Log.Peers = Region = system.AddRegion(Definition), options);
    }

    public ActorTestKit Kit { get; }

    public LedgerLog Log { get; } = new();

    /// <summary>Used again by the process that starts after a crash.</summary>
    public EntityDefinition<LedgerState, LedgerCommand, Added> Definition { get; set; }

    public ShardRegion<LedgerCommand> Region { get; private set; } = null!;

    public static async Task<LedgerNode> StartAsync(
        long seed = 1,
        Func<EntityDefinition<LedgerState, LedgerCommand, Added>, EntityDefinition<LedgerState, LedgerCommand, Added>>? change = null,
        Func<ActorSystemOptions, ActorSystemOptions>? options = null)
    {
        var node = new LedgerNode(seed, change, options);
        await node.Kit.StartAsync();
        return node;
    }

    public static PersistenceId Id(string name) => new(Kind, name);

    public static int ShardOf(string name) => ShardHash.ShardOf(name, 8);

    /// <summary>Sends without letting anything run.</summary>
    public Task<T> Ask<T>(string name, LedgerCommand command) => Region.Ask<T>(name, command, Patience);

    public Task<int> Add(string name, string operation, int amount = 1) => Ask<int>(name, new LedgerCommand.Add(operation, amount));

    public Task<int> AddAsync(string name, string operation, int amount = 1) => Kit.RunAsync(() => Add(name, operation, amount));

    public Task<LedgerState> ReadAsync(string name, TimeSpan within = default) =>
        Kit.RunAsync(() => Ask<LedgerState>(name, new LedgerCommand.Read()), within);

    public ValueTask DisposeAsync() => Kit.DisposeAsync();
}

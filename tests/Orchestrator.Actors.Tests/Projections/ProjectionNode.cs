using System.Globalization;
using System.Text;
using Orchestrator.Actors.Projections;
using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Supervision;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Projections;

/// <summary>Sums of ledgers and the order of their events, as rows.</summary>
internal sealed class Sums(int version = 1, PoisonPolicy onPoison = PoisonPolicy.SetAside, string? poison = null, string name = "sums") : Projection
{
    public override ProjectionId Id { get; } = new(name, version);

    public override PoisonPolicy OnPoison => onPoison;

    public int Handled { get; private set; }

    /// <summary>Cured when null.</summary>
    public string? Poison { get; set; } = poison;

    public override IReadOnlyList<string> Reads(ProjectedEvent @event) => [$"sum/{@event.Stored.Id.Name}"];

    public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
    {
        Handled++;
        var stored = @event.Stored;
        var added = new LedgerCodec().Decode(stored.TypeId, stored.TypeVersion, stored.Payload);
        if (added.Operation == Poison) throw new FormatException($"{added.Operation} is poison");

        var key = $"sum/{stored.Id.Name}";
        var sum = rows(key) is { } row ? int.Parse(Encoding.UTF8.GetString(row), CultureInfo.InvariantCulture) : 0;
        return [RowChange.Upsert(key, Encoding.UTF8.GetBytes((sum + (added.Amount * Id.Version)).ToString(CultureInfo.InvariantCulture)))];
    }
}

/// <summary>A node with ledgers and projections, on virtual time; the stores outlive its crashes.</summary>
internal sealed class ProjectionNode : IAsyncDisposable
{
    private ProjectionNode(long seed, ProjectionOptions options, Projection[] projections)
    {
        Projections = projections;
        Store = new TroubledStore(Inner);
        Kit = new ActorTestKit(seed, system =>
        {
            Region = system.AddRegion(new EntityDefinition<LedgerState, LedgerCommand, Added>
            {
                Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(new LedgerLog()), Events = new LedgerCodec(),
            });
            Runner = system.AddProjections(Store, Projections, options);
        });
    }

    public ActorTestKit Kit { get; }

    public MemoryProjectionStore Inner { get; } = new();

    public TroubledStore Store { get; }

    /// <summary>Run by the process that starts after a crash.</summary>
    public Projection[] Projections { get; set; }

    public ProjectionRunner Runner { get; private set; } = null!;

    public ShardRegion<LedgerCommand> Region { get; private set; } = null!;

    public static async Task<ProjectionNode> StartAsync(long seed = 1, ProjectionOptions? options = null, params Projection[] projections)
    {
        var node = new ProjectionNode(seed, (options ?? new ProjectionOptions()) with { Retry = new RestartPolicy { Jitter = 0 } },
            projections is [] ? [new Sums()] : projections);
        await node.Kit.StartAsync();
        return node;
    }

    public Task<int> AddAsync(string ledger, string operation, int amount = 1) =>
        Kit.RunAsync(() => Region.Ask<int>(ledger, new LedgerCommand.Add(operation, amount), LedgerNode.Patience));

    public async Task<string?> SumAsync(string ledger, string name = "sums") =>
        await Inner.FindAsync(name, $"sum/{ledger}", default) is { } row ? Encoding.UTF8.GetString(row) : null;

    public ValueTask DisposeAsync() => Kit.DisposeAsync();
}

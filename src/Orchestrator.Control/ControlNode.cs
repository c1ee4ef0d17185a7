using Microsoft.Extensions.Logging;
using Orchestrator.Actors;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Actors.Sharding;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Projections;
using Orchestrator.Control.Queries;
using Orchestrator.Control.Sites;
using Orchestrator.Control.Workflows;
using Orchestrator.Domain.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control;

/// <summary>What a control node is made of.</summary>
public sealed record ControlOptions
{
    /// <summary>The journal.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>The sites.</summary>
    public required ISiteDirectory Sites { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source of jitter.</summary>
    public required Random Random { get; init; }

    /// <summary>Runs the actors' turns: the thread pool, or one loop on virtual time under test.</summary>
    public IDispatcher Dispatcher { get; init; } = ThreadPoolDispatcher.Instance;

    /// <summary>How long a command waits for its answer.</summary>
    public TimeSpan AskTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the sites are looked at.</summary>
    public TimeSpan MonitorInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an idle actor stays in memory.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Events of a machine between two snapshots of it.</summary>
    public int SnapshotEvery { get; init; } = 100;

    /// <summary>Keeps the read models; null holds them in memory, built anew at every start. The node does not dispose it.</summary>
    public IProjectionStore? ReadModels { get; init; }

    /// <summary>How long a reader waits for a read model to catch up with the journal.</summary>
    public TimeSpan ReadPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a marked resync starts by itself.</summary>
    public bool AutomaticResync { get; init; } = true;
}

/// <summary>The machines of one node: their actors, the steps they run and the replication they keep going.</summary>
public sealed class ControlNode : IAsyncDisposable
{
    /// <summary>No failure has it: a retry of it is answered and changes nothing.</summary>
    private const long NoGeneration = -1;

    private readonly ControlOptions _options;
    private readonly ILogger _log;
    private readonly ActorSystem _system;
    private readonly ShardRegion<Command> _machines;
    private readonly ReplicationDriver _driver;
    private readonly StepLauncher _launcher;
    private readonly CancellationTokenSource _stopping = new();
    private Task _driving = Task.CompletedTask;

    /// <summary>Assembles the node; nothing runs before <see cref="StartAsync"/>.</summary>
    public ControlNode(ControlOptions options, ILoggerFactory logs)
    {
        _options = options;
        _log = logs.CreateLogger<ControlNode>();
        _system = new ActorSystem(new ActorSystemOptions
        {
            Time = options.Time,
            Random = options.Random,
            Dispatcher = options.Dispatcher,
            Journal = options.Journal,
            OnEvent = e => _log.LogWarning("Kernel: {Event}", e),
        });
        _launcher = new StepLauncher(new StepRunner(options.Sites, options.Time), options.Time, _stopping.Token);
        var codec = new MachineEventCodec();
        _machines = _system.AddRegion(new EntityDefinition<ProtectedMachine.State, Command, Event>
        {
            Kind = MachineActor.Kind,
            KindName = "machine",
            Create = _ => new MachineActor(Registry, _launcher, options.Time),
            Events = new MachineEvents(codec),
            Upcasters = MachineEvents.Upcasters,
            Snapshots = new MachineSnapshotCodec(),
            SnapshotEvery = options.SnapshotEvery,
            PassivateAfter = options.PassivateAfter,
        });
        _driver = new ReplicationDriver(
            Registry, _machines, options.Sites, options.Time, options.AutomaticResync, logs.CreateLogger<ReplicationDriver>());
        History = new MachineHistory(options.Journal, codec);
        ReadModel = AddReadModel(codec);
    }

    /// <summary>The last durable state of every machine.</summary>
    public MachineRegistry Registry { get; } = new();

    /// <summary>The past.</summary>
    public MachineHistory History { get; }

    /// <summary>The present, over all machines.</summary>
    public MachineReadModel ReadModel { get; }

    /// <summary>The sites.</summary>
    public ISiteDirectory Sites => _options.Sites;

    /// <summary>The clock.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>Takes the journal's shards, recovers every machine and resumes what was under way.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _system.StartAsync(cancellation);
        await RecoverAsync(cancellation);
        _driving = _driver.RunAsync(_options.MonitorInterval, _stopping.Token);
    }

    /// <summary>Sends a command to a machine and waits until what it leads to is durable.</summary>
    /// <exception cref="ControlException">The machine did not answer.</exception>
    public async Task<MachineReply> AskAsync(string machine, Command command, CancellationToken cancellation)
    {
        try
        {
            return await _machines.Ask<MachineReply>(machine, command, _options.AskTimeout, cancellation: cancellation);
        }
        catch (AskException error)
        {
            throw new ControlException(ControlFailure.Unavailable, new Contracts.ErrorView(error.Code,
                $"Machine {machine} did not answer: {error.Message}", "Send the same request, with the same operation id, again.", []), error);
        }
    }

    /// <summary>A machine's durable state: of one this node runs, out of memory; of another node's, out of the read model. Null when unknown.</summary>
    public async Task<MachineSnapshot?> FindAsync(string machine, CancellationToken cancellation) =>
        Registry.Find(machine) is { } known ? known
        : _system.Serves(ShardHash.ShardOf(machine, _options.Journal.ShardCount)) ? null // Its history is not read yet, or cannot be.
        : await ReadModel.FindAsync(machine, cancellation);

    /// <summary>The names of all machines, those of other nodes included, ordered.</summary>
    public async Task<IReadOnlyList<string>> MachineNamesAsync(CancellationToken cancellation)
    {
        var here = Registry.All.Select(machine => machine.Name);
        if (_system.ServedShards.Count == _options.Journal.ShardCount) return [.. here];
        var elsewhere = (await ReadModel.NamesAsync(cancellation)).Where(name => !_system.Serves(ShardHash.ShardOf(name, _options.Journal.ShardCount)));
        return [.. here.Union(elsewhere, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>A machine's durable state with what its sites say now; null when it is not protected.</summary>
    public async Task<MachineLook?> LookAsync(string machine, CancellationToken cancellation)
    {
        if (await FindAsync(machine, cancellation) is not { } snapshot || ProtectedMachine.ProtectionOf(snapshot.State) is not { } protection) return null;
        var source = Sites.Find(protection.ActiveSite);
        var target = Sites.Find(protection.StandbySite);
        var isActivated = snapshot.State is ProtectedMachine.State.FailedOver or ProtectedMachine.State.ChangingPoint
            or ProtectedMachine.State.Committing or ProtectedMachine.State.Committed or ProtectedMachine.State.Reversing;
        var replicaSite = isActivated ? source : target;
        return new MachineLook(machine, snapshot.State,
            await AskSiteAsync(source, site => site.Replication.GetSourceAsync(machine, cancellation)),
            await AskSiteAsync(replicaSite, site => site.Replication.GetReplicaAsync(machine, cancellation)));
    }

    /// <summary>Stops looking, lets running steps end or be resumed at the next start, and stops the actors.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _driving;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        await _launcher.WhenIdleAsync();
        await _system.DisposeAsync();
        _stopping.Dispose();
    }

    private MachineReadModel AddReadModel(MachineEventCodec codec)
    {
        var events = new MachineEvents(codec);
        var store = _options.ReadModels ?? new MemoryProjectionStore();
        var runner = _system.AddProjections(store,
            [new MachinesProjection(events), new JobsProjection(events), new EventsProjection(events, codec)]);
        return new MachineReadModel(store, runner, () => _system.ServedShards, _options.Journal.ShardCount, _options.ReadPatience);
    }

    /// <summary>Nobody may ask before the machines are known again: they would be told that there is none.</summary>
    /// <remarks>A machine that cannot be recovered holds no other up: it is logged, and answers with its error.</remarks>
    private async Task RecoverAsync(CancellationToken cancellation)
    {
        var look = new Command.RetryReplication(NoGeneration, Time.GetUtcNow());
        var recoveries = (await History.NamesAsync(cancellation))
            .Select(name => (Name: name, Answer: _machines.Ask<MachineReply>(name, look, _options.AskTimeout, cancellation: cancellation))).ToList();
        foreach (var (name, answer) in recoveries)
        {
            try
            {
                await answer;
            }
            catch (AskException error)
            {
                _log.LogError(error, "Machine {Machine} was not recovered", name);
            }
        }
    }

    /// <summary>A site that does not answer leaves a hole in the picture, no error: the machine's health tells it.</summary>
    private static async Task<T?> AskSiteAsync<T>(Site? site, Func<Site, ValueTask<T?>> ask)
        where T : class
    {
        try
        {
            return site is null ? null : await ask(site);
        }
        catch (Exception error) when (error is Replication.ReplicationException or IOException or HttpRequestException)
        {
            return null;
        }
    }
}

using Microsoft.Extensions.Logging;
using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
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

/// <summary>The machines of one node: their actors, the steps they run and the replication they keep going.</summary>
/// <remarks>
/// In a cluster a node serves the machines of the shards it holds, and reaches all others through the router. When a shard leaves, or
/// the node's lease is in doubt, everything outside that is under way for its machines ends at once; when it comes, they are woken
/// and go on where the journal says.
/// </remarks>
public sealed class ControlNode : IAsyncDisposable
{
    private static readonly TimeSpan JournalRetry = TimeSpan.FromSeconds(1);

    private readonly ControlOptions _options;
    private readonly ILogger _log;
    private readonly ShardRegion<Command> _machines;
    private readonly ReplicationDriver _driver;
    private readonly StepLauncher _launcher;
    private readonly ShardRights _rights;
    private readonly MachineWaker _waker;
    private readonly CancellationTokenSource _stopping = new();
    private Task _driving = Task.CompletedTask;

    /// <summary>Assembles the node; nothing runs before <see cref="StartAsync"/>.</summary>
    public ControlNode(ControlOptions options, ILoggerFactory logs)
    {
        _options = options;
        _log = logs.CreateLogger<ControlNode>();
        System = new ActorSystem(new ActorSystemOptions
        {
            Time = options.Time,
            Random = options.Random,
            Dispatcher = options.Dispatcher,
            Journal = options.Journal,
            Router = options.Router,
            OnEvent = OnKernelEvent,
        });
        _rights = new ShardRights(System.ServedEpoch, _stopping.Token);
        Registry = new MachineRegistry(_rights.Holds);
        _launcher = new StepLauncher(new StepRunner(options.Sites, options.Time), _rights, options.Time);
        var codec = new MachineEventCodec();
        _machines = System.AddRegion(new EntityDefinition<ProtectedMachine.State, Command, Event>
        {
            Kind = MachineActor.Kind,
            KindName = "machine",
            Create = _ => new MachineActor(Registry, _launcher, options.Time),
            Events = new MachineEvents(codec),
            Messages = new MachineMessageCodec(),
            Upcasters = MachineEvents.Upcasters,
            Snapshots = new MachineSnapshotCodec(),
            SnapshotEvery = options.SnapshotEvery,
            PassivateAfter = options.PassivateAfter,
        });
        _driver = new ReplicationDriver(
            Registry, _rights, _machines, options.Sites, options.Time, options.AutomaticResync, logs.CreateLogger<ReplicationDriver>());
        _waker = new MachineWaker(_machines, options.Time, options.MachinesAtOnce, options.AskTimeout, _log);
        History = new MachineHistory(options.Journal, codec);
        ReadModel = AddReadModel(codec);
        Member = options.Cluster?.Invoke(System, OnClusterEvent);
    }

    /// <summary>The actors of this node.</summary>
    public ActorSystem System { get; }

    /// <summary>This node in its cluster; null when it has all machines. Started and left by the node itself.</summary>
    public ClusterMember? Member { get; }

    /// <summary>The last durable state of every machine in the care of this node.</summary>
    public MachineRegistry Registry { get; }

    /// <summary>The past.</summary>
    public MachineHistory History { get; }

    /// <summary>The present, over all machines.</summary>
    public MachineReadModel ReadModel { get; }

    /// <summary>The sites.</summary>
    public ISiteDirectory Sites => _options.Sites;

    /// <summary>The clock.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>Takes the journal's shards, recovers every machine and resumes what was under way; in a cluster, joins it.</summary>
    /// <exception cref="ClusterException">The cluster refuses this node.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (Member is { } member)
        {
            await member.StartAsync(cancellation); // The machines are woken as their shards come.
        }
        else
        {
            await System.StartAsync(cancellation);
            await WakeAsync([.. Enumerable.Range(0, _options.Journal.ShardCount)], cancellation);
        }

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
        catch (AskException error) when (error.Reason == AskFailure.Unavailable && IsUnread(machine))
        {
            throw new ControlException(ControlFailure.Unavailable, new Contracts.ErrorView(ControlCodes.HistoryUnreadable,
                $"Machine {machine} is in the journal, but its history is not read yet or cannot be read.",
                "Try again in a moment; if it stays so, 'journal verify' names the bad event.", []), error);
        }
        catch (AskException error)
        {
            throw new ControlException(ControlFailure.Unavailable, new Contracts.ErrorView(error.Code,
                $"Machine {machine} did not answer: {error.Message}", "Send the same request, with the same operation id, again.", []), error);
        }
    }

    /// <summary>A machine's durable state, asked of the node that serves it; null when nobody knows the machine.</summary>
    /// <exception cref="ControlException">The machine did not answer.</exception>
    public async Task<ProtectedMachine.State?> FindAsync(string machine, CancellationToken cancellation)
    {
        if (Registry.Find(machine) is { } here) return here.State;
        if (!await History.KnowsAsync(machine, cancellation)) return null;
        return (await AskAsync(machine, new Command.Look(Time.GetUtcNow()), cancellation)).State;
    }

    /// <summary>All protected machines of the cluster with what their sites say now, by name; those whose state cannot be had are left out.</summary>
    public async Task<IReadOnlyList<MachineLook>> LookAtAllAsync(CancellationToken cancellation)
    {
        // One deadline for all: machines whose node is gone must not make the caller wait for each of them.
        using var deadline = new CancellationTokenSource(_options.AskTimeout, Time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        List<MachineLook> looks = [];
        foreach (var some in (await History.NamesAsync(cancellation)).Order(StringComparer.Ordinal).Chunk(_options.MachinesAtOnce))
        {
            // Asked together and awaited one by one: WhenAll over asks would leave a single-threaded dispatcher.
            foreach (var look in some.Select(name => TryLookAsync(name, asking.Token, cancellation)).ToList())
            {
                if (await look is { } known) looks.Add(known);
            }
        }

        return looks;
    }

    /// <summary>A machine's durable state with what its sites say now; null when it is not protected.</summary>
    /// <exception cref="ControlException">The machine did not answer.</exception>
    public Task<MachineLook?> LookAsync(string machine, CancellationToken cancellation) => LookAsync(machine, cancellation, cancellation);

    /// <summary>Gives the machines to other nodes, stops looking, lets running steps end or be resumed elsewhere, and stops the actors.</summary>
    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        // Not CancelAsync: it runs what waits for the token on the thread pool, and a node under virtual time must stay on its loop.
        _stopping.Cancel();
        try
        {
            await _driving;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        await _launcher.WhenIdleAsync();
        await System.DisposeAsync();
        _stopping.Dispose();
    }

    private MachineReadModel AddReadModel(MachineEventCodec codec)
    {
        var events = new MachineEvents(codec);
        var store = _options.ReadModels ?? new MemoryProjectionStore();
        var runner = System.AddProjections(store,
            [new MachinesProjection(events), new JobsProjection(events), new EventsProjection(events, codec)]);
        return new MachineReadModel(store, runner, () => System.ServedShards, _options.Journal.ShardCount, _options.ReadPatience);
    }

    private async Task LeaveAsync()
    {
        try
        {
            if (Member is { } member) await member.DisposeAsync();
        }
        catch (JournalException error)
        {
            // Its lease runs out by itself; the others wait for that.
            _log.LogWarning(error, "The node could not take leave of its cluster");
        }
    }

    private void OnKernelEvent(KernelEvent happened)
    {
        _log.Log(happened is KernelEvent.ShardDraining ? LogLevel.Information : LogLevel.Warning, "Kernel: {Event}", happened);
        if (happened is KernelEvent.ShardDraining { ShardId: var leaving }) Release(leaving);
        if (happened is KernelEvent.ShardLost { ShardId: var lost }) Release(lost);
    }

    private void OnClusterEvent(ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterEvent.Claimed claimed:
                _ = WakeLaterAsync(claimed.Shards);
                break;
            case ClusterEvent.Suspended:
                _log.LogWarning("The node's lease is in doubt: everything outside stops until it is renewed");
                _rights.EndAll();
                break;
            case ClusterEvent.Resumed:
                _ = WakeLaterAsync(System.ServedShards);
                break;
        }
    }

    /// <summary>What this node does for the machines of a shard ends now.</summary>
    private void Release(int shardId)
    {
        _rights.End(shardId);
        Registry.Forget(shardId);
    }

    /// <summary>Off the caller, who must not wait; again until the journal has told the names.</summary>
    private async Task WakeLaterAsync(IReadOnlyList<int> shards)
    {
        await Task.Yield();
        var isDone = false;
        while (!isDone && !_stopping.IsCancellationRequested && shards.Any(System.Serves))
        {
            try
            {
                await WakeAsync(shards, _stopping.Token);
                isDone = true;
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                _log.LogWarning(error, "The machines of {Count} shard(s) could not be listed yet", shards.Count);
                await Task.Delay(JournalRetry, Time);
            }
        }
    }

    /// <summary>The machines recover and derive what is unfinished.</summary>
    private async Task WakeAsync(IReadOnlyList<int> shards, CancellationToken cancellation)
    {
        var wanted = shards.ToHashSet();
        var names = (await History.NamesAsync(cancellation)).Where(name => wanted.Contains(ShardOf(name)));
        await _waker.WakeAsync(names, name => System.Serves(ShardOf(name)));
    }

    private bool IsUnread(string machine) => System.Serves(ShardOf(machine)) && Registry.Find(machine) is null;

    private int ShardOf(string machine) => ShardHash.ShardOf(machine, _options.Journal.ShardCount);

    private async Task<MachineLook?> LookAsync(string machine, CancellationToken asking, CancellationToken cancellation)
    {
        if (await FindAsync(machine, asking) is not { } state || ProtectedMachine.ProtectionOf(state) is not { } protection) return null;
        var source = Sites.Find(protection.ActiveSite);
        var target = Sites.Find(protection.StandbySite);
        var isActivated = state is ProtectedMachine.State.FailedOver or ProtectedMachine.State.ChangingPoint
            or ProtectedMachine.State.Committing or ProtectedMachine.State.Committed or ProtectedMachine.State.Reversing;
        var replicaSite = isActivated ? source : target;
        return new MachineLook(machine, state,
            await AskSiteAsync(source, site => site.Replication.GetSourceAsync(machine, cancellation)),
            await AskSiteAsync(replicaSite, site => site.Replication.GetReplicaAsync(machine, cancellation)));
    }

    private async Task<MachineLook?> TryLookAsync(string machine, CancellationToken asking, CancellationToken cancellation)
    {
        try
        {
            return await LookAsync(machine, asking, cancellation);
        }
        catch (Exception error) when (error is ControlException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            _log.LogWarning("Machine {Machine} is left out: {Message}", machine, error.Message);
            return null;
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

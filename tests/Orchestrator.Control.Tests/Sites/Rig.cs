using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Control.Machines;
using Orchestrator.Domain.Machines;
using Orchestrator.TestKit;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>A control node over <see cref="World"/> on virtual time; killed and started again it finds journal and sites as they were.</summary>
internal sealed class Rig : IAsyncDisposable
{
    internal const string Machine = "web1";
    private readonly JournalTrap _trap;
    private int _operations;

    internal Rig(bool automaticResync = true, int snapshotEvery = 100, int machinesAtOnce = 32)
    {
        MachinesAtOnce = machinesAtOnce;
        SnapshotEvery = snapshotEvery;
        Loop = new DeterministicDispatcher(1, Time);
        World = new World(Time);
        _trap = new JournalTrap(new InMemoryJournal(4, Time));
        AutomaticResync = automaticResync;
        Node = NewNode();
    }

    internal ManualTime Time { get; } = new();

    internal DeterministicDispatcher Loop { get; }

    internal World World { get; }

    internal JournalTrap Trap => _trap;

    internal ControlNode Node { get; private set; }

    internal bool AutomaticResync { get; }

    internal int SnapshotEvery { get; }

    internal int MachinesAtOnce { get; }

    /// <summary>How often it was killed.</summary>
    internal int Crashes { get; private set; }

    internal MachineOperations Operations => new(Node, World.PointInterval);

    internal State State => Node.Registry.Find(Machine)?.State ?? ProtectedMachine.Initial;

    internal IReadOnlyList<JournalEvent> Events => _trap.Inner.EventsOf(new PersistenceId(MachineActor.Kind, Machine));

    internal static async Task<Rig> StartedAsync(bool automaticResync = true)
    {
        var rig = new Rig(automaticResync);
        await rig.StartAsync();
        return rig;
    }

    internal static async Task<Rig> ProtectedAsync(bool automaticResync = true)
    {
        var rig = await StartedAsync(automaticResync);
        await rig.DoAsync(Life.Protect);
        return rig;
    }

    internal Task StartAsync() => Loop.RunAsync(() => Node.StartAsync(CancellationToken.None), TimeSpan.FromSeconds(10));

    internal Guid NextOperation() => Ids.Of($"operation {++_operations}");

    /// <summary>Asks, and asks again with the same id after a crash, until it is accepted.</summary>
    internal async Task<Guid> AskAsync(string kind, Guid? point = null, Guid? operation = null)
    {
        var id = operation ?? NextOperation();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Loop.RunAsync(() => kind == Life.Protecting
                    ? Operations.ProtectAsync(new ProtectRequest(id, Machine, "S0", "berlin", "hamburg", ["/dev/web1"], null), "tester", default)
                    : Operations.OperateAsync(Machine, new OperationRequest(id, kind, point, "fine"), "tester", default), TimeSpan.FromMinutes(2));
                return id;
            }
            catch (Exception error) when (attempt < 5 && error is ControlException { Kind: ControlFailure.Unavailable } or InvalidOperationException && IsToBeKilled)
            {
                await CrashAsync();
            }
            catch (ControlException error) when (attempt is > 1 and < 5 && error.Kind == ControlFailure.NotFound)
            {
                throw new InvalidOperationException("The machine is gone after a crash.", error);
            }
        }
    }

    internal async Task DoAsync(LifeStep step)
    {
        await AskAsync(step.Kind, step.Point?.Invoke(this));
        await UntilAsync(step.IsDone, step.Name);
    }

    /// <summary>Lets time pass until it holds, killing the node where the script says so.</summary>
    internal async Task UntilAsync(Func<State, bool> holds, string what, int minutes = 30)
    {
        var end = Time.Elapsed + TimeSpan.FromMinutes(minutes);
        while (!holds(State))
        {
            if (Time.Elapsed > end) throw new TimeoutException($"'{what}' did not come about; the machine is {State}.");
            await Loop.AdvanceAsync(TimeSpan.FromSeconds(1));
            if (IsToBeKilled) await CrashAsync();
        }
    }

    /// <summary>Kills the process: nothing in memory survives, nothing is told.</summary>
    internal async Task CrashAsync(TimeSpan outage = default)
    {
        Crashes++;
        World.Hanging = null;
        Loop.DropReady();
        Time.DropTimers();
        Time.MoveTo(Time.Elapsed + outage);
        _trap.Reopen();
        Node = NewNode();
        await StartAsync();
    }

    public ValueTask DisposeAsync() => _trap.DisposeAsync();

    private bool IsToBeKilled => World.Hanging is not null || _trap.Inner.IsCrashed;

    private ControlNode NewNode() => new(new ControlOptions
    {
        Journal = _trap,
        Sites = World.DirectoryFor(new NodeLink("control")),
        Time = Time,
        Random = new SeededRandom(1),
        Dispatcher = Loop,
        MonitorInterval = TimeSpan.FromSeconds(1),
        AutomaticResync = AutomaticResync,
        SnapshotEvery = SnapshotEvery,
        MachinesAtOnce = MachinesAtOnce,
    }, NullLoggerFactory.Instance);
}

/// <summary>A journal that kills its process at a chosen append.</summary>
internal sealed class JournalTrap(InMemoryJournal inner) : IJournal
{
    internal InMemoryJournal Inner { get; private set; } = inner;

    internal int Appends { get; private set; }

    internal int KillAt { get; set; }

    internal JournalFault Fault { get; set; } = JournalFault.CrashAfterCommit;

    /// <summary>What happens before a machine's history is read.</summary>
    internal Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    public int ShardCount => Inner.ShardCount;

    internal void Reopen() => Inner = Inner.Reopen();

    public ValueTask<IReadOnlyList<ShardGrant>> AcquireAsync(IReadOnlyList<int> shards, CancellationToken cancellation) =>
        Inner.AcquireAsync(shards, cancellation);

    public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<ShardAppend> appends, CancellationToken cancellation)
    {
        if (++Appends == KillAt) Inner.FailNext(Fault);
        return Inner.AppendAsync(appends, cancellation);
    }

    public async ValueTask<IReadOnlyList<JournalEvent>> ReadEntityAsync(
        PersistenceId id, long fromSequence, int limit, CancellationToken cancellation)
    {
        await BeforeRead();
        return await Inner.ReadEntityAsync(id, fromSequence, limit, cancellation);
    }

    public ValueTask<IReadOnlyList<JournalEvent>> ReadShardAsync(int shardId, long afterPosition, int limit, CancellationToken cancellation) =>
        Inner.ReadShardAsync(shardId, afterPosition, limit, cancellation);

    public ValueTask<IReadOnlyList<PersistenceId>> ListEntitiesAsync(int? kind, CancellationToken cancellation) =>
        Inner.ListEntitiesAsync(kind, cancellation);

    public ValueTask<JournalSnapshot?> LoadSnapshotAsync(PersistenceId id, long maxSequence, CancellationToken cancellation) =>
        Inner.LoadSnapshotAsync(id, maxSequence, cancellation);

    public ValueTask SaveSnapshotAsync(JournalSnapshot snapshot, CancellationToken cancellation) => Inner.SaveSnapshotAsync(snapshot, cancellation);

    public ValueTask<IReadOnlyList<JournalReminder>> ReadRemindersAsync(
        IReadOnlyList<int> shards, DateTimeOffset dueBefore, int limit, CancellationToken cancellation) =>
        Inner.ReadRemindersAsync(shards, dueBefore, limit, cancellation);

    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(OutboxQuery query, CancellationToken cancellation) =>
        Inner.ReadOutboxAsync(query, cancellation);

    public ValueTask RemoveOutboxAsync(IReadOnlyList<OutboxKey> delivered, CancellationToken cancellation) =>
        Inner.RemoveOutboxAsync(delivered, cancellation);

    public ValueTask<IReadOnlyList<InboxMark>> ReadInboxAsync(PersistenceId to, CancellationToken cancellation) =>
        Inner.ReadInboxAsync(to, cancellation);

    public ValueTask<ShardGrant> ReadShardHeadAsync(int shardId, CancellationToken cancellation) => Inner.ReadShardHeadAsync(shardId, cancellation);

    public ValueTask DisposeAsync() => Inner.DisposeAsync();
}

using Orchestrator.Actors.Cells;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;
using Orchestrator.Actors.Sharding;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors;

/// <summary>The actors of one node, with the journal writer and the reminders that serve them.</summary>
/// <remarks>
/// Life: create → <see cref="AddRegion"/> for every entity kind → <see cref="StartAsync"/>, or <see cref="StartEmpty"/> in a cluster
/// that grants and takes shards while the system runs → … → <see cref="StopAsync"/>.
/// </remarks>
public sealed partial class ActorSystem : IAsyncDisposable
{
    private readonly ActorSystemOptions _options;
    private readonly Lock _gate = new();
    private readonly Lock _randomGate = new();
    private readonly Dictionary<string, (Action Stop, Task WhenStopped)> _actors = new(StringComparer.Ordinal);
    private readonly Dictionary<int, IRegion> _regions = [];
    private volatile JournalWriter? _writer;
    private ShardTable? _shards;
    private volatile bool _isStopping;

    /// <summary>Creates a system; plain actors may be spawned at once.</summary>
    public ActorSystem(ActorSystemOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        DeadLetters = new DeadLetters(Emit);
        RecoveryPermits = new SemaphoreSlim(options.RecoveryPermits, options.RecoveryPermits);
        ReminderService = new ReminderService(this, options.Reminders);
        OutboxService = new OutboxService(this, options.Outbox);
        JournalHealth = new JournalGate(this, options.Writer.Retry, options.Writer.CallDeadline);
    }

    /// <summary>The one source of time.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>Where turns run.</summary>
    public IDispatcher Dispatcher => _options.Dispatcher;

    /// <summary>What could not be delivered.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>What waits for the journal.</summary>
    public JournalBacklog JournalBacklog => _writer?.Backlog ?? default;

    /// <summary>The entities of all kinds on this node that wait for an operator; the kind's region has the commands for them.</summary>
    public IReadOnlyList<QuarantinedEntity> Quarantined => [.. Regions().SelectMany(region => region.Quarantined)];

    internal IJournal Journal => _options.Journal
        ?? throw new InvalidOperationException("This actor system has no journal: set ActorSystemOptions.Journal to use persistent actors.");

    internal JournalWriter Writer => _writer
        ?? throw new InvalidOperationException("The actor system has not been started: call StartAsync first.");

    internal ReminderService ReminderService { get; }

    internal OutboxService OutboxService { get; }

    /// <summary>Whether the journal answers.</summary>
    internal JournalGate JournalHealth { get; }

    /// <summary>So much waits for the journal that new commands are refused.</summary>
    internal bool IsJournalFull => _writer is { IsFull: true };

    internal SemaphoreSlim RecoveryPermits { get; }

    /// <summary>Starts a plain actor.</summary>
    /// <param name="name">Unique among the running actors of the system.</param>
    /// <param name="create">Makes a fresh instance for the start and for every restart.</param>
    /// <param name="restart">When a failed instance is replaced; the default policy when null.</param>
    public ActorRef<TMessage> Spawn<TMessage>(string name, Func<Actor<TMessage>> create, RestartPolicy? restart = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        var limits = new CellLimits(_options.MailboxCapacity, _options.StashCapacity, _options.FairnessQuantum);
        var cell = new ActorCell<TMessage>(
            this, name, limits, restart ?? new RestartPolicy(), self => new PlainBehavior<TMessage>(self, create()), (_, _) => Forget(name));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            if (!_actors.TryAdd(name, (cell.Stop, cell.WhenStopped)))
                throw new ArgumentException($"An actor named '{name}' is running already: choose another name or stop it first.", nameof(name));
        }

        cell.Start();
        return new ActorRef<TMessage>(cell);
    }

    /// <summary>Adds a kind of persistent entity and returns the way to its entities.</summary>
    public ShardRegion<TCommand> AddRegion<TState, TCommand, TEvent>(EntityDefinition<TState, TCommand, TEvent> definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            if (_regions.ContainsKey(definition.Kind))
                throw new ArgumentException($"Entity kind {definition.Kind} has been added already.", nameof(definition));

            var region = new LocalShardRegion<TState, TCommand, TEvent>(
                this, definition, Journal.ShardCount, _options.FairnessQuantum, _options.Router);
            _regions.Add(definition.Kind, region);
            return region;
        }
    }

    /// <summary>Takes all shards over, fencing an earlier owner, and starts to fire reminders.</summary>
    /// <exception cref="JournalException">The journal failed; the call may be repeated.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_writer is not null)
            throw new InvalidOperationException("The actor system has been started already.");

        var grants = await Journal.AcquireAsync([.. Enumerable.Range(0, Journal.ShardCount)], cancellation);
        foreach (var grant in grants)
            Shards.Set(grant);

        StartEmpty();
    }

    /// <summary>Stops in order: no new messages and firings, entities and actors end the turn they are in, the writer settles what it took.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        ReminderService.Stop();
        OutboxService.Stop();
        JournalHealth.Stop();
        _writer?.BeginStop();
        foreach (var region in Regions())
            await region.StopAsync();

        foreach (var stopped in StopActors())
            await stopped;

        if (_writer is { } writer)
            await writer.StopAsync();

        await StopProjectionsAsync();
    }

    /// <inheritdoc cref="StopAsync" />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        RecoveryPermits.Dispose();
    }

    internal bool IsStopping => _isStopping;

    internal void Emit(KernelEvent value) => _options.OnEvent(value);

    internal double NextRandom()
    {
        lock (_randomGate)
            return _options.Random.NextDouble();
    }

    internal IRegion? RegionOf(int kind)
    {
        lock (_gate)
            return _regions.GetValueOrDefault(kind);
    }

    private List<IRegion> Regions()
    {
        lock (_gate)
            return [.. _regions.OrderBy(entry => entry.Key).Select(entry => entry.Value)];
    }

    private List<Task> StopActors()
    {
        lock (_gate)
        {
            foreach (var actor in _actors.Values)
                actor.Stop();

            return [.. _actors.Values.Select(actor => actor.WhenStopped)];
        }
    }

    private void Forget(string name)
    {
        lock (_gate)
            _actors.Remove(name);
    }
}

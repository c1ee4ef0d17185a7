using Orchestrator.Actors;

namespace Orchestrator.TestKit;

/// <summary>One node on virtual time: dispatcher, journal and actor system from one seed; it can crash and start again.</summary>
/// <example><code>
/// await using var kit = new ActorTestKit(seed: 1, system => lamps = system.AddRegion(definition));
/// await kit.StartAsync();
/// var answer = await kit.RunAsync(() => lamps.Ask&lt;string>("kitchen", new SwitchOn(), TimeSpan.FromSeconds(5)));
/// await kit.AdvanceAsync(TimeSpan.FromHours(1));
/// </code></example>
public sealed class ActorTestKit : IAsyncDisposable
{
    private readonly List<KernelEvent> _events = [];
    private readonly SeededRandom _random;
    private readonly Action<ActorSystem> _configure;
    private readonly Func<ActorSystemOptions, ActorSystemOptions> _options;

    /// <summary>Creates the node; nothing runs yet.</summary>
    /// <param name="seed">Decides the order of steps and all jitter.</param>
    /// <param name="configure">Adds the regions; runs again after every crash.</param>
    /// <param name="options">Changes the system's options.</param>
    /// <param name="shardCount">Shards of the journal.</param>
    public ActorTestKit(
        long seed = 1, Action<ActorSystem>? configure = null, Func<ActorSystemOptions, ActorSystemOptions>? options = null, int shardCount = 8)
    {
        _random = new SeededRandom(seed);
        _configure = configure ?? (_ => { });
        _options = options ?? (same => same);
        Time = new ManualTime();
        Dispatcher = new DeterministicDispatcher(seed, Time);
        Journal = new InMemoryJournal(shardCount, Time);
        System = CreateSystem();
    }

    /// <summary>The time, moved by <see cref="AdvanceAsync"/>.</summary>
    public ManualTime Time { get; }

    /// <summary>The loop.</summary>
    public DeterministicDispatcher Dispatcher { get; }

    /// <summary>The journal of the present process.</summary>
    public InMemoryJournal Journal { get; private set; }

    /// <summary>The actor system of the present process.</summary>
    public ActorSystem System { get; private set; }

    /// <summary>What the kernel reported, over all processes.</summary>
    public IReadOnlyList<KernelEvent> Events => _events;

    /// <summary>Starts the system and lets it come to rest.</summary>
    public async Task StartAsync()
    {
        await RunAsync(() => System.StartAsync());
        await IdleAsync();
    }

    /// <inheritdoc cref="DeterministicDispatcher.IdleAsync" />
    public Task IdleAsync() => Dispatcher.IdleAsync();

    /// <inheritdoc cref="DeterministicDispatcher.AdvanceAsync" />
    public Task AdvanceAsync(TimeSpan by) => Dispatcher.AdvanceAsync(by);

    /// <inheritdoc cref="DeterministicDispatcher.RunAsync(Func{Task}, TimeSpan)" />
    public Task RunAsync(Func<Task> work, TimeSpan within = default) => Dispatcher.RunAsync(work, within);

    /// <inheritdoc cref="DeterministicDispatcher.RunAsync{T}(Func{Task{T}}, TimeSpan)" />
    public Task<T> RunAsync<T>(Func<Task<T>> work, TimeSpan within = default) => Dispatcher.RunAsync(work, within);

    /// <inheritdoc cref="DeterministicDispatcher.RunAllAsync{T}" />
    public Task<IReadOnlyList<T>> RunAllAsync<T>(IEnumerable<Func<Task<T>>> work, TimeSpan within = default) =>
        Dispatcher.RunAllAsync(work, within);

    /// <summary>Kills the process – ready steps, timers and memory are gone, the store stays –
    /// and starts the next one after <paramref name="outage"/>.</summary>
    public async Task CrashAsync(TimeSpan outage = default)
    {
        Dispatcher.DropReady();
        Time.DropTimers();
        Time.MoveTo(Time.Elapsed + outage);
        Journal = Journal.Reopen();
        System = CreateSystem();
        await StartAsync();
    }

    /// <summary>Stops the system in order, on virtual time.</summary>
    public async ValueTask DisposeAsync()
    {
        Journal.Release();
        if (!Journal.IsCrashed)
            await RunAsync(() => System.StopAsync(), TimeSpan.FromHours(1));

        await Journal.DisposeAsync();
    }

    private ActorSystem CreateSystem()
    {
        var system = new ActorSystem(_options(new ActorSystemOptions
        {
            Time = Time, Random = _random, Dispatcher = Dispatcher, Journal = Journal, OnEvent = _events.Add,
        }));
        _configure(system);
        return system;
    }
}

using Orchestrator.Actors.Mailbox;

namespace Orchestrator.TestKit.Simulation;

/// <summary>One machine of a simulated world: a process that can be killed, frozen and started again, and a clock of its own.</summary>
public sealed class WorldNode
{
    private readonly SimulatedWorld _world;
    private NodeProcess _process;

    internal WorldNode(SimulatedWorld world, string name)
    {
        _world = world;
        Name = name;
        _process = new NodeProcess(world.Loop);
        _process.Kill();
        Clock = new SimulatedClock(world.Time, () => _process);
        Random = world.RandomOf("node", name);
    }

    /// <summary>Its name, unique in the world.</summary>
    public string Name { get; }

    /// <summary>How often it was started; work of an earlier life is never run.</summary>
    public int Generation { get; private set; }

    /// <summary>Whether it runs, frozen or not.</summary>
    public bool IsUp => _process.IsAlive;

    /// <summary>Whether it stands still, as under SIGSTOP or while its virtual machine is saved.</summary>
    public bool IsFrozen => _process.IsFrozen;

    /// <summary>Its clock, over all its lives.</summary>
    public SimulatedClock Clock { get; }

    /// <summary>Its stream of randomness.</summary>
    public SeededRandom Random { get; }

    /// <summary>Where the turns of its present life run.</summary>
    public IDispatcher Dispatcher => _process;

    /// <summary>Begins a life; an earlier one ends.</summary>
    public void Start()
    {
        if (IsUp)
            Kill();

        Generation++;
        _process = new NodeProcess(_world.Loop);
        _world.Timeline.Add(Name, $"starts, life {Generation}");
    }

    /// <summary>Ends its life: nothing in memory survives, nothing is told. What it had sent may still arrive.</summary>
    public void Kill()
    {
        if (!IsUp)
            return;

        _process.Kill();
        _world.Timeline.Add(Name, "is killed");
    }

    /// <summary>Makes it stand still: messages and timers wait.</summary>
    public void Freeze()
    {
        if (!IsUp || IsFrozen)
            return;

        _process.Freeze();
        _world.Timeline.Add(Name, "freezes");
    }

    /// <summary>Lets it go on with all that came meanwhile.</summary>
    public void Thaw()
    {
        if (!IsFrozen)
            return;

        _process.Thaw();
        _world.Timeline.Add(Name, "goes on");
    }

    /// <summary>Runs work on the node and brings the answer back to the caller, wherever that is.</summary>
    /// <exception cref="NodeLostException">The node was down, or died before the work was done.</exception>
    public Task<T> CallAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var answer = new TaskCompletionSource<T>();
        var process = _process;
        if (!process.IsAlive)
        {
            answer.SetException(new NodeLostException(Name));
            return answer.Task;
        }

        void Lost() => answer.TrySetException(new NodeLostException(Name));
        Action lost = Lost;
        process.OnDeath(lost);
        process.Post(_ => _ = RunAsync(), null);
        return answer.Task;

        async Task RunAsync()
        {
            try
            {
                answer.TrySetResult(await work());
            }
            catch (Exception error)
            {
                answer.TrySetException(error);
            }

            process.NoLonger(lost);
        }
    }

    /// <inheritdoc cref="CallAsync{T}(Func{Task{T}})" />
    public Task CallAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return CallAsync(async () =>
        {
            await work();
            return true;
        });
    }
}

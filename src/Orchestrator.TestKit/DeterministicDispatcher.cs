using Orchestrator.Actors.Mailbox;

namespace Orchestrator.TestKit;

/// <summary>Runs everything on the caller's thread, one step after another, in an order the seed alone decides.</summary>
/// <remarks>
/// A step is a turn, a continuation or a timer. While steps run, <see cref="SynchronizationContext.Current"/> leads awaits back
/// here, so asynchronous handlers stay on the loop. <c>ConfigureAwait(false)</c>, <c>Task.Run</c>, real timers and
/// <c>Task.WhenAll</c> over asks leave it: await asks one by one, or use <see cref="RunAllAsync{T}"/>.
/// Ready steps run before time moves; time moves to the next timer, never past it.
/// </remarks>
public sealed class DeterministicDispatcher : IDispatcher
{
    private readonly Random _random;
    private readonly ManualTime _time;
    private readonly LoopContext _context;
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly int _maxSteps;

    /// <summary>Creates a loop.</summary>
    /// <param name="seed">Decides the order of steps that are ready together.</param>
    /// <param name="time">The time it moves.</param>
    /// <param name="maxSteps">Steps in one call after which it reports a livelock.</param>
    public DeterministicDispatcher(long seed, ManualTime time, int maxSteps = 1_000_000)
    {
        _random = new SeededRandom(seed);
        _time = time;
        _maxSteps = maxSteps;
        _context = new LoopContext(this);
    }

    /// <summary>Steps run so far.</summary>
    public long Steps { get; private set; }

    /// <summary>A digest of every choice and its time: the same seed and program give the same value.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037UL;

    /// <summary>How long the loop waits, in real time, for work of other threads before it calls itself idle; zero unless real I/O takes part.</summary>
    public TimeSpan ForeignWait { get; set; }

    /// <summary>Runs after every step and every timer, for those who check what must hold all the time; it must not run the loop.</summary>
    public Action? AfterStep { get; set; }

    /// <inheritdoc />
    public void Schedule(IThreadPoolWorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Post(static state => ((IThreadPoolWorkItem)state!).Execute(), item);
    }

    /// <summary>Runs until nothing is ready: every mailbox is empty, or waits for time or for a held journal.</summary>
    public Task IdleAsync()
    {
        Enter(() => RunReady(static () => false));
        return Task.CompletedTask;
    }

    /// <summary>Runs until idle, fires the next timer, and so on until that much time has passed.</summary>
    public Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = _time.Elapsed + by;
        Enter(() => RunUntil(static () => false, target));
        _time.MoveTo(target);
        return Task.CompletedTask;
    }

    /// <summary>Starts asynchronous work on the loop and runs until it is done, moving time if that is allowed and needed.</summary>
    /// <param name="work">The work.</param>
    /// <param name="within">How much virtual time it may take; none by default.</param>
    /// <exception cref="InvalidOperationException">The loop is idle and the work is not done.</exception>
    public async Task RunAsync(Func<Task> work, TimeSpan within = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await RunAsync(async () =>
        {
            await work();
            return true;
        }, within);
    }

    /// <inheritdoc cref="RunAsync(Func{Task}, TimeSpan)" />
    public Task<T> RunAsync<T>(Func<Task<T>> work, TimeSpan within = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var started = _time.Elapsed;
        Task<T>? task = null;
        Enter(() =>
        {
            task = work();
            RunUntil(() => task.IsCompleted, started + within);
        });
        return task!.IsCompleted ? task : throw new InvalidOperationException(
            $"The loop is idle at {_time.Elapsed} and the work is not done: " +
            $"it waits for time beyond {within}, for a held journal, or off the loop (Task.WhenAll, Task.Run).");
    }

    /// <summary>Starts several pieces of work at once and runs until all are done.</summary>
    /// <param name="work">The work, started in this order.</param>
    /// <param name="within">How much virtual time it may take.</param>
    public Task<IReadOnlyList<T>> RunAllAsync<T>(IEnumerable<Func<Task<T>>> work, TimeSpan within = default) =>
        RunAsync<IReadOnlyList<T>>(async () =>
        {
            var tasks = work.Select(start => start()).ToList();
            var results = new List<T>();
            foreach (var task in tasks)
                results.Add(await task);

            return results;
        }, within);

    /// <summary>Forgets all that is ready, as a crash of the process does.</summary>
    public void DropReady()
    {
        lock (_ready)
            _ready.Clear();
    }

    /// <summary>Adds a step.</summary>
    internal void Post(SendOrPostCallback callback, object? state)
    {
        lock (_ready)
        {
            _ready.Add((callback, state));
            Monitor.Pulse(_ready);
        }
    }

    private void Enter(Action run)
    {
        var outer = SynchronizationContext.Current;
        if (outer is LoopContext)
            throw new InvalidOperationException("The loop is running already: a step must not run the loop.");

        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void RunUntil(Func<bool> isDone, TimeSpan limit)
    {
        do
        {
            RunReady(isDone);
        }
        while (!isDone() && TryFireNext(limit));
    }

    private bool TryFireNext(TimeSpan limit)
    {
        if (!_time.TryFireNext(limit))
            return false;

        AfterStep?.Invoke();
        return true;
    }

    private void RunReady(Func<bool> isDone)
    {
        var last = Steps + _maxSteps;
        while (!isDone() && TryTake(out var step))
        {
            if (++Steps > last)
                throw new InvalidOperationException($"More than {_maxSteps} steps without coming to rest at {_time.Elapsed}: a livelock.");

            step.Callback(step.State);
            AfterStep?.Invoke();
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) step)
    {
        lock (_ready)
        {
            if (_ready.Count == 0 && (ForeignWait == TimeSpan.Zero || !Monitor.Wait(_ready, ForeignWait) || _ready.Count == 0))
            {
                step = default;
                return false;
            }

            var index = _random.Next(_ready.Count);
            Trace((ulong)_time.Elapsed.Ticks);
            Trace(((ulong)index << 32) | (uint)_ready.Count);
            step = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            return true;
        }
    }

    private void Trace(ulong value) => TraceHash = unchecked((TraceHash ^ value) * 1099511628211UL);

    private sealed class LoopContext(DeterministicDispatcher loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop.Post(d, state);

        public override void Send(SendOrPostCallback d, object? state) =>
            throw new NotSupportedException("Blocking on the loop would stop it: await instead.");

        public override SynchronizationContext CreateCopy() => this;
    }
}

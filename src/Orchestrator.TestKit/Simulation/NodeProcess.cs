using Orchestrator.Actors.Mailbox;

namespace Orchestrator.TestKit.Simulation;

/// <summary>One life of a simulated node, from its start to its crash: whatever was posted to it dies with it.</summary>
/// <remarks>Awaits inside its steps come back here, so work of a dead process can never run in the next one.</remarks>
internal sealed class NodeProcess(DeterministicDispatcher loop) : SynchronizationContext, IDispatcher
{
    private readonly List<Step> _held = [];
    private readonly List<Action> _onDeath = [];

    public bool IsAlive { get; private set; } = true;

    public bool IsFrozen { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsAlive)
            loop.Post(Step.Run, new Step(this, d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Blocking on the loop would stop it: await instead.");

    public override SynchronizationContext CreateCopy() => this;

    public void Schedule(IThreadPoolWorkItem item) => Post(static state => ((IThreadPoolWorkItem)state!).Execute(), item);

    /// <summary>Runs when the process dies, on the loop.</summary>
    public void OnDeath(Action action) => _onDeath.Add(action);

    public void NoLonger(Action action) => _onDeath.Remove(action);

    public void Freeze() => IsFrozen = true;

    public void Thaw()
    {
        IsFrozen = false;
        foreach (var step in _held)
            loop.Post(Step.Run, step);

        _held.Clear();
    }

    public void Kill()
    {
        IsAlive = false;
        _held.Clear();
        foreach (var action in _onDeath)
            loop.Post(static state => ((Action)state!)(), action);

        _onDeath.Clear();
    }

    private sealed class Step(NodeProcess process, SendOrPostCallback callback, object? state)
    {
        public static readonly SendOrPostCallback Run = static step => ((Step)step!).Execute();

        private void Execute()
        {
            if (!process.IsAlive)
                return;

            if (process.IsFrozen)
            {
                process._held.Add(this);
                return;
            }

            var outer = Current;
            SetSynchronizationContext(process);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(outer);
            }
        }
    }
}

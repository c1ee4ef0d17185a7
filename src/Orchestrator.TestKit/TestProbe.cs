using Orchestrator.Actors;

namespace Orchestrator.TestKit;

/// <summary>A real actor that keeps what it receives, and may answer.</summary>
/// <typeparam name="TMessage">The messages it takes.</typeparam>
public sealed class TestProbe<TMessage>
{
    private readonly Lock _gate = new();
    private readonly List<TMessage> _received = [];
    private readonly Queue<TaskCompletionSource<TMessage>> _waiting = new();
    private int _taken;

    /// <summary>Starts the probe.</summary>
    public TestProbe(ActorSystem system, string name)
    {
        ArgumentNullException.ThrowIfNull(system);
        Ref = system.Spawn(name, () => new Recorder(this));
    }

    /// <summary>Where to send to.</summary>
    public ActorRef<TMessage> Ref { get; }

    /// <summary>Answers each message with what this returns; no answer while null.</summary>
    public Func<TMessage, object?>? Answer { get; set; }

    /// <summary>All messages so far, in order.</summary>
    public IReadOnlyList<TMessage> Received
    {
        get
        {
            lock (_gate)
                return [.. _received];
        }
    }

    /// <summary>Takes the next message that has arrived.</summary>
    /// <exception cref="InvalidOperationException">None has.</exception>
    public TMessage Take()
    {
        lock (_gate)
        {
            return _taken < _received.Count ? _received[_taken++]
                : throw new InvalidOperationException($"Probe '{Ref.Name}' has no further message after the {_taken} taken.");
        }
    }

    /// <summary>Takes the next message, waiting for it; for systems on the thread pool.</summary>
    public Task<TMessage> NextAsync()
    {
        lock (_gate)
        {
            if (_taken < _received.Count)
                return Task.FromResult(_received[_taken++]);

            var waiting = new TaskCompletionSource<TMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiting);
            return waiting.Task;
        }
    }

    private void Record(TMessage message)
    {
        lock (_gate)
        {
            _received.Add(message);
            if (!_waiting.TryDequeue(out var waiting))
                return;

            _taken++;
            waiting.SetResult(message);
        }
    }

    private sealed class Recorder(TestProbe<TMessage> probe) : Actor<TMessage>
    {
        protected override ValueTask OnMessageAsync(TMessage message, ActorContext<TMessage> context)
        {
            probe.Record(message);
            if (probe.Answer is { } answer)
                context.Reply(answer(message));

            return default;
        }
    }
}

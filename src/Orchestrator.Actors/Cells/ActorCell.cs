using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Cells;

/// <summary>What outlives an actor's incarnations: mailbox, stash, restart policy.</summary>
/// <remarks>
/// All fields but the mailbox belong to the turn. States: starting → running → (failure) backing off → starting …, and from each
/// of them → stopped. User messages wait while starting and backing off; once stopped they go to the dead letters.
/// </remarks>
internal sealed class ActorCell<T> : IMailboxOwner<T>
{
    private readonly Func<ActorCell<T>, Behavior<T>> _create;
    private readonly RestartPolicy _policy;
    private readonly Action<ActorCell<T>, Termination>? _terminated;
    private readonly ScheduledMailbox<T> _mailbox;
    private readonly Stash<T> _stash;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Behavior<T>? _behavior;
    private FailureCount _failures;
    private ITimer? _restart;
    private volatile CellState _state = CellState.Starting;
    private bool _stopAfterTurn;
    private long _lastTurn;

    public ActorCell(
        ActorSystem system, string name, CellLimits limits, RestartPolicy policy,
        Func<ActorCell<T>, Behavior<T>> create, Action<ActorCell<T>, Termination>? terminated = null)
    {
        System = system;
        Name = name;
        _create = create;
        _policy = policy;
        _terminated = terminated;
        _stash = new Stash<T>(limits.StashCapacity);
        _mailbox = new ScheduledMailbox<T>(this, system.Dispatcher, limits.MailboxCapacity, limits.Quantum);
        Timers = new TurnTimers<T>(system.Time, _mailbox);
        _lastTurn = system.Time.GetTimestamp();
    }

    public ActorSystem System { get; }

    public string Name { get; }

    public TurnTimers<T> Timers { get; }

    public Task WhenStopped => _stopped.Task;

    /// <summary>No turn runs, nothing waits in mailbox or stash, and the last turn ended so long ago. Approximate while others send.</summary>
    public bool IsIdleFor(TimeSpan duration) =>
        _mailbox.IsIdle && _mailbox.Count == 0 && _stash.IsEmpty && System.Time.GetElapsedTime(Volatile.Read(ref _lastTurn)) >= duration;

    public void Start() => _mailbox.EnqueueSignal(SystemSignal.Start);

    public void Stop() => _mailbox.EnqueueSignal(SystemSignal.Stop);

    public TellOutcome Deliver(in Envelope<T> envelope)
    {
        if (_state == CellState.Stopped)
            return TellOutcome.Stopped;

        return _mailbox.TryEnqueue(envelope) ? TellOutcome.Accepted : TellOutcome.Busy;
    }

    /// <summary>Takes over what waited for an earlier incarnation; it was accepted once, so no limit applies.</summary>
    public void Redeliver(in Envelope<T> envelope) => _mailbox.EnqueueBeyondLimit(envelope);

    public bool Stash(in Envelope<T> envelope)
    {
        if (_stash.TryAdd(envelope))
            return true;

        Refuse(envelope, TellOutcome.Busy);
        return false;
    }

    public void UnstashAll() => _stash.PutBack();

    public void StopAfterTurn() => _stopAfterTurn = true;

    /// <summary>Takes all that is left, in order; only from the termination callback.</summary>
    public IReadOnlyList<Envelope<T>> TakeRemaining()
    {
        var rest = new List<Envelope<T>>();
        _stash.PutBack();
        while (_stash.TryTake(out var envelope) || _mailbox.TryDequeue(out envelope))
        {
            // A timer dies with its incarnation, a tick of it that waits here too.
            if (Timers.Accepts(envelope.Origin))
                rest.Add(envelope);
        }

        return rest;
    }

    bool IMailboxOwner<T>.AcceptsMessages => _state is CellState.Running or CellState.Stopped;

    bool IMailboxOwner<T>.HasUnstashed => _stash.HasReturned;

    bool IMailboxOwner<T>.TryTakeUnstashed(out Envelope<T> envelope) => _stash.TryTake(out envelope);

    ValueTask IMailboxOwner<T>.OnSignalAsync(SystemSignal signal) => (signal, _state) switch
    {
        (_, CellState.Stopped) => default,
        (SystemSignal.Stop, _) => StopAsync(),
        (SystemSignal.Start, CellState.Starting) or (SystemSignal.Restart, CellState.BackingOff) => StartIncarnationAsync(),
        _ => default,
    };

    ValueTask IMailboxOwner<T>.OnMessageAsync(Envelope<T> envelope)
    {
        if (_state == CellState.Stopped)
        {
            Refuse(envelope, TellOutcome.Stopped);
            return default;
        }

        return Timers.Accepts(envelope.Origin) ? ReceiveAsync(envelope) : default;
    }

    private ValueTask ReceiveAsync(in Envelope<T> envelope)
    {
        ValueTask turn;
        try
        {
            turn = _behavior!.ReceiveAsync(envelope);
        }
        catch (Exception error)
        {
            return FailAsync(error, envelope.ReplyTo);
        }

        if (!turn.IsCompletedSuccessfully)
            return FinishLaterAsync(turn, envelope.ReplyTo);

        turn.GetAwaiter().GetResult();
        return EndTurnAsync();
    }

    private async ValueTask FinishLaterAsync(ValueTask turn, ReplyTarget? replyTo)
    {
        try
        {
            await turn;
        }
        catch (Exception error)
        {
            await FailAsync(error, replyTo);
            return;
        }

        await EndTurnAsync();
    }

    private ValueTask EndTurnAsync()
    {
        Volatile.Write(ref _lastTurn, System.Time.GetTimestamp());
        return _stopAfterTurn ? StopAsync() : default;
    }

    private async ValueTask StartIncarnationAsync()
    {
        try
        {
            _failures.Started(System.Time);
            _behavior = _create(this);
            await _behavior.StartAsync();
            _state = CellState.Running;
        }
        catch (Exception error)
        {
            await FailAsync(error, null);
            return;
        }

        await EndTurnAsync();
    }

    private async ValueTask StopAsync()
    {
        if (await EndIncarnationAsync() is { } error)
            System.Emit(new KernelEvent.ActorFailed(Name, error, null));

        Terminate(new Termination(null));
    }

    private async ValueTask FailAsync(Exception error, ReplyTarget? replyTo)
    {
        replyTo?.TryFail(error as AskException ?? Refusals.Failed(Name, error));
        await EndIncarnationAsync();
        var failures = _failures.Failed(System.Time, _policy.ResetAfter);
        if (_stopAfterTurn || failures > _policy.MaxRestarts)
        {
            System.Emit(new KernelEvent.ActorFailed(Name, error, null));
            Terminate(new Termination(error));
            return;
        }

        var delay = _policy.Delay(failures, System.NextRandom());
        System.Emit(new KernelEvent.ActorFailed(Name, error, delay));
        _state = CellState.BackingOff;
        _restart = System.Time.CreateTimer(
            static state => ((ActorCell<T>)state!)._mailbox.EnqueueSignal(SystemSignal.Restart), this, delay, Timeout.InfiniteTimeSpan);
    }

    private async ValueTask<Exception?> EndIncarnationAsync()
    {
        Timers.CancelAll();
        _restart?.Dispose();
        _restart = null;
        var ending = _behavior;
        _behavior = null;
        try
        {
            if (ending is not null)
                await ending.StopAsync();

            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private void Terminate(Termination termination)
    {
        _state = CellState.Stopped;
        if (_terminated is not null)
            _terminated(this, termination);

        foreach (var envelope in TakeRemaining())
            Refuse(envelope, TellOutcome.Stopped);

        _stopped.TrySetResult();
    }

    private void Refuse(in Envelope<T> envelope, TellOutcome outcome)
    {
        if (envelope.ReplyTo is { } asker)
            asker.TryFail(Refusals.Of(outcome, Name, TimeSpan.Zero));
        else
            System.DeadLetters.Add(Name, envelope.Message, DeadLetters.ReasonOf(outcome));
    }
}

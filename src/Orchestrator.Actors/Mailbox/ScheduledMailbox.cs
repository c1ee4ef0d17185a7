using System.Runtime.CompilerServices;

namespace Orchestrator.Actors.Mailbox;

/// <summary>Gives one cell one turn at a time: system signals first, then user messages in the order each sender sent them.</summary>
/// <remarks>
/// Invariants: (1) at most one thread is between taking the status word from idle to scheduled and giving it back;
/// (2) a message linked before the status word is read as scheduled is seen by that turn or by its re-check on release,
/// both sides put a full barrier between their write and their read; (3) an asynchronous handler keeps the status word;
/// (4) after <c>quantum</c> messages the mailbox goes to the back of the dispatcher's queue, so that no actor starves others.
/// </remarks>
internal sealed class ScheduledMailbox<T> : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Scheduled = 1;

    private readonly IMailboxOwner<T> _owner;
    private readonly IDispatcher _dispatcher;
    private readonly int _capacity;
    private readonly int _quantum;
    private readonly MpscQueue<SystemSignal> _system = new();
    private readonly MpscQueue<Envelope<T>> _user = new();
    private readonly Action _resume;
    private ValueTaskAwaiter _running;
    private long _enqueued;
    private long _dequeued;
    private int _status;

    public ScheduledMailbox(IMailboxOwner<T> owner, IDispatcher dispatcher, int capacity, int quantum)
    {
        _owner = owner;
        _dispatcher = dispatcher;
        _capacity = capacity;
        _quantum = quantum;
        _resume = Resume;
    }

    /// <summary>User messages waiting; approximate while others send.</summary>
    public long Count => Math.Max(0, Volatile.Read(ref _enqueued) - Volatile.Read(ref _dequeued));

    /// <summary>No turn runs or is due; true only for an instant while others send.</summary>
    public bool IsIdle => Volatile.Read(ref _status) == Idle;

    /// <summary>Adds a user message, or refuses it when the queue is full.</summary>
    /// <remarks>
    /// The length is checked before the message is counted, so that n concurrent senders may exceed the limit by at most n;
    /// in exchange the count is also the full barrier that the wake-up needs.
    /// </remarks>
    public bool TryEnqueue(in Envelope<T> envelope)
    {
        if (Volatile.Read(ref _enqueued) - Volatile.Read(ref _dequeued) >= _capacity)
            return false;

        EnqueueBeyondLimit(envelope);
        return true;
    }

    /// <summary>Adds a message the kernel itself limits: a timer tick, or what a stopped incarnation left.</summary>
    public void EnqueueBeyondLimit(in Envelope<T> envelope)
    {
        _user.Enqueue(envelope);
        Interlocked.Increment(ref _enqueued);
        Wake();
    }

    /// <summary>Adds a signal; never refused.</summary>
    public void EnqueueSignal(SystemSignal signal)
    {
        _system.Enqueue(signal);
        Interlocked.MemoryBarrier();
        Wake();
    }

    /// <summary>Takes a user message outside a handler; only within the owner's turn.</summary>
    public bool TryDequeue(out Envelope<T> envelope)
    {
        if (!_user.TryDequeue(out envelope))
            return false;

        Volatile.Write(ref _dequeued, _dequeued + 1);
        return true;
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var budget = _quantum; budget > 0; budget--)
        {
            if (!TryNext(out var turn))
            {
                Release();
                return;
            }

            if (!turn.IsCompletedSuccessfully)
            {
                KeepTurn(turn);
                return;
            }

            turn.GetAwaiter().GetResult();
        }

        _dispatcher.ScheduleLast(this);
    }

    private bool TryNext(out ValueTask turn)
    {
        if (_system.TryDequeue(out var signal))
            turn = _owner.OnSignalAsync(signal);
        else if (_owner.AcceptsMessages && (_owner.TryTakeUnstashed(out var envelope) || TryDequeue(out envelope)))
            turn = _owner.OnMessageAsync(envelope);
        else
        {
            turn = default;
            return false;
        }

        return true;
    }

    private void KeepTurn(ValueTask turn)
    {
        _running = turn.GetAwaiter();
        _running.UnsafeOnCompleted(_resume);
    }

    /// <summary>Goes through the dispatcher: the thread that completed the handler is somebody else's.</summary>
    private void Resume()
    {
        _running.GetResult();
        _running = default;
        _dispatcher.Schedule(this);
    }

    private void Release()
    {
        Interlocked.Exchange(ref _status, Idle);
        if (HasWork())
            Wake();
    }

    private bool HasWork() =>
        !_system.IsEmpty || (_owner.AcceptsMessages && (_owner.HasUnstashed || !_user.IsEmpty));

    private void Wake()
    {
        if (Volatile.Read(ref _status) == Idle && Interlocked.CompareExchange(ref _status, Scheduled, Idle) == Idle)
            _dispatcher.Schedule(this);
    }
}

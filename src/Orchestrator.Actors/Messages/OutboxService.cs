using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>Delivers the messages of this node's entities, each again and again until its receiver has durably handled it.</summary>
/// <remarks>
/// At least once on the way, once in effect: the receiver keeps a mark per sender in its own append. Messages to one receiver go
/// in order; one that takes nothing holds up only what is for it. What an earlier process left is read from the journal and
/// paced, so that an outage does not end in a herd.
/// </remarks>
internal sealed class OutboxService : IThreadPoolWorkItem
{
    private const int MaxRemoval = 1000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly ActorSystem _system;
    private readonly OutboxOptions _options;
    private readonly OutboxBook _book;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly long _origin;
    private DateTimeOffset _nextRead = DateTimeOffset.MinValue;
    private DateTimeOffset _nextRemoval = DateTimeOffset.MinValue;
    private int _troubles;
    private bool _isRemoving;
    private bool _isRunning;
    private bool _isStarted;

    public OutboxService(ActorSystem system, OutboxOptions options)
    {
        _system = system;
        _options = options;
        _book = new OutboxBook(options);
        _origin = system.Time.GetTimestamp();
        _timer = system.Time.CreateTimer(
            static service => ((OutboxService)service!).Trigger(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start()
    {
        lock (_gate)
        {
            _isStarted = true;
            _book.Load(_system.Shards.Serving);
        }

        Trigger();
    }

    public void Stop()
    {
        lock (_gate)
            _isStarted = false;

        _timer.Dispose();
    }

    /// <summary>Delivers what waits in shards that have come to this node.</summary>
    public void Load(IReadOnlyList<int> shards)
    {
        lock (_gate)
        {
            if (!_isStarted)
                return;

            _book.Load(shards);
        }

        Trigger();
    }

    /// <summary>Forgets what belongs to a shard that has left this node.</summary>
    public void Forget(int shardId, Predicate<PersistenceId> belongs)
    {
        lock (_gate)
            _book.Forget(shardId, belongs);
    }

    /// <summary>Takes messages that have just become durable.</summary>
    public void Sent(int shardId, IReadOnlyList<OutboxMessage> messages)
    {
        if (messages.Count == 0)
            return;

        lock (_gate)
            _book.Sent(shardId, messages);

        Trigger();
    }

    /// <summary>Looks at once for something to do.</summary>
    public void Trigger()
    {
        lock (_gate)
        {
            if (_isRunning || !_isStarted)
                return;

            _isRunning = true;
        }

        _system.Dispatcher.Schedule(this);
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    internal void Acknowledged(OutboxMessage message)
    {
        lock (_gate)
        {
            if (_book.HandledCount == 0)
                _nextRemoval = Max(_nextRemoval, Now + _options.RemoveEvery);

            _book.Acknowledge(message.To, message.Key, Now);
            Arm();
        }
    }

    internal void Failed(in Parcel parcel, Exception error)
    {
        TimeSpan? delay;
        lock (_gate)
        {
            delay = _book.Fail(parcel.Message.To, parcel.Attempt, Now, _system.NextRandom());
            Arm();
        }

        if (delay is { } wait)
            _system.Emit(new KernelEvent.DeliveryFailed(parcel.Message.To.ToString(), error, wait));
    }

    /// <summary>The monotonic clock as a time: a wall clock that jumps changes nothing here.</summary>
    private DateTimeOffset Now => DateTimeOffset.UnixEpoch + _system.Time.GetElapsedTime(_origin);

    private async Task RunAsync()
    {
        try
        {
            if (NextQuery() is { } query)
                await ReadAsync(query);

            Send(TakeDue());
            StartRemoval();
        }
        catch (Exception error)
        {
            _system.Emit(new KernelEvent.OutboxFailed(error));
        }
        finally
        {
            lock (_gate)
            {
                _isRunning = false;
                Arm();
            }
        }
    }

    private OutboxQuery? NextQuery()
    {
        lock (_gate)
            return Now >= _nextRead ? _book.NextQuery() : null;
    }

    private async Task ReadAsync(OutboxQuery query)
    {
        try
        {
            var found = await _system.Journal.ReadOutboxAsync(query, CancellationToken.None);
            lock (_gate)
            {
                _book.Take(query, found, Now);
                _troubles = 0;
            }
        }
        catch (Exception error)
        {
            lock (_gate)
                _nextRead = Now + TroubleDelay();

            _system.Emit(new KernelEvent.OutboxFailed(error));
        }
    }

    private List<Parcel> TakeDue()
    {
        var failed = new List<(PersistenceId To, TimeSpan? Delay)>();
        List<Parcel> parcels;
        lock (_gate)
        {
            if (_system.Shards.IsSuspended || !_isStarted)
                return [];

            var late = new List<OutboxLane>();
            parcels = _book.TakeDue(Now, late);
            foreach (var lane in late)
                failed.Add((lane.To, _book.Fail(lane.To, lane.Attempt, Now, _system.NextRandom())));
        }

        foreach (var (to, delay) in failed)
        {
            _system.Emit(new KernelEvent.DeliveryFailed(to.ToString(), new AskException(AskFailure.Timeout,
                $"{to} has not handled a message within {_options.AckTimeout}; it is sent again."), delay ?? TimeSpan.Zero));
        }

        return parcels;
    }

    private void Send(List<Parcel> parcels)
    {
        HashSet<PersistenceId>? refusing = null;
        foreach (var parcel in parcels)
        {
            var to = parcel.Message.To;
            if (refusing?.Contains(to) == true)
                continue;

            var ack = new DeliveryAck(this, parcel, _system.Time.GetUtcNow() + _options.AckTimeout);
            var outcome = _system.RegionOf(to.Kind)?.DeliverMessage(to, parcel.ToDelivery(), ack) ?? TellOutcome.Unavailable;
            if (outcome == TellOutcome.Accepted)
                continue;

            (refusing ??= []).Add(to);
            ack.TryFail(Refusals.Of(outcome, to.ToString(), _options.Retry.MinBackoff));
        }
    }

    private void StartRemoval()
    {
        IReadOnlyList<OutboxKey> keys;
        lock (_gate)
        {
            if (_isRemoving || !IsRemovalDue(Now))
                return;

            keys = _book.Handled(MaxRemoval);
            _isRemoving = true;
        }

        _ = RemoveAsync(keys);
    }

    private bool IsRemovalDue(DateTimeOffset now) =>
        _book.HandledCount > 0 && (now >= _nextRemoval || (_troubles == 0 && (_book.HandledCount >= MaxRemoval || _book.WantsRemoval)));

    private async Task RemoveAsync(IReadOnlyList<OutboxKey> keys)
    {
        Exception? problem = null;
        try
        {
            await _system.Journal.RemoveOutboxAsync(keys, CancellationToken.None);
        }
        catch (Exception error)
        {
            problem = error;
        }

        lock (_gate)
        {
            _isRemoving = false;
            if (problem is null)
                _book.Removed(keys);

            _troubles = problem is null ? 0 : _troubles;
            _nextRemoval = Now + (problem is null ? _options.RemoveEvery : TroubleDelay());
            Arm();
        }

        if (problem is not null)
            _system.Emit(new KernelEvent.OutboxFailed(problem));
    }

    private TimeSpan TroubleDelay() => _options.Retry.Delay(++_troubles, _system.NextRandom());

    private void Arm()
    {
        if (_isRunning || !_isStarted)
            return;

        var now = Now;
        var next = now + LongestWait;
        if (!_system.Shards.IsSuspended && _book.NextDue is { } due && due < next)
            next = due;

        if (_book.HasQuery && _nextRead < next)
            next = _nextRead;

        if (!_isRemoving && _book.HandledCount > 0)
            next = IsRemovalDue(now) ? now : next < _nextRemoval ? next : _nextRemoval;

        _timer.Change(next > now ? next - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

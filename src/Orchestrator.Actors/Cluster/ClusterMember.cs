namespace Orchestrator.Actors.Cluster;

/// <summary>Keeps one node in its cluster: its lease, the shards it claims and the shards it gives away.</summary>
/// <remarks>
/// One loop, one round at a time: renew → declare dead → read → plan → claim, hand off. When the lease cannot be renewed in time the
/// actor system is suspended: nothing new is taken in and outside effects stop, while appends wait – they are fenced by the
/// store. Declared dead, the incarnation ends and the node joins anew. The local deadline is only advice (clocks stop while a
/// virtual machine is saved); the guarantee is the epoch the journal and the agents compare.
/// </remarks>
public sealed class ClusterMember : IAsyncDisposable, IThreadPoolWorkItem
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(200);

    private readonly ActorSystem _system;
    private readonly IClusterStore _store;
    private readonly ClusterOptions _options;
    private readonly ITimer _leaseTimer;
    private readonly Dictionary<int, long> _freeSince = [];
    private readonly Dictionary<int, Task> _handOffs = [];
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _wake = NewWake();
    private volatile ClusterView? _view;
    private NodeRecord? _node;
    private bool _isSuspended;
    private bool _isStarted;
    private volatile bool _isStopping;

    /// <summary>Prepares a member; the actor system is started empty by <see cref="StartAsync"/>.</summary>
    public ClusterMember(ActorSystem system, IClusterStore store, ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        _system = system;
        _store = store;
        _options = options;
        _leaseTimer = system.Time.CreateTimer(
            static member => ((ClusterMember)member!).Suspend(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The present incarnation.</summary>
    /// <exception cref="InvalidOperationException">The member has not been started.</exception>
    public NodeRecord Node => _node ?? throw new InvalidOperationException("The node has not joined its cluster yet.");

    /// <summary>The newest view; null before the first round.</summary>
    public ClusterView? View => _view;

    /// <summary>Joins, claims what is due to this node, and goes on in the background.</summary>
    /// <exception cref="ClusterException">The clock is far off, or a live node has this node's name.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        _node = _options.Node();
        await CheckClockAsync(cancellation);
        await JoinAsync(cancellation);
        _system.StartEmpty();
        await RoundAsync();
        _isStarted = true;
        _system.Dispatcher.Schedule(this);
    }

    /// <summary>Looks at the cluster now instead of at the next round; called when another node has released a shard for this one.</summary>
    public void Poke()
    {
        lock (_gate)
            _wake.TrySetResult();
    }

    /// <summary>Gives all shards away in order and leaves. The actor system still runs, without shards.</summary>
    public async Task LeaveAsync()
    {
        _isStopping = true;
        Poke();
        if (_isStarted)
            await _ended.Task;

        await _leaseTimer.DisposeAsync();
        foreach (var handOff in Pending())
            await handOff;

        var drains = _system.OwnedShards.Select(shard => _system.DrainShardAsync(shard, _options.HardStop)).ToList();
        foreach (var drain in drains)
            await drain;

        if (_node is not null)
            await _store.LeaveAsync(_node.Id, CancellationToken.None);
    }

    /// <inheritdoc cref="LeaveAsync" />
    public async ValueTask DisposeAsync()
    {
        if (!_isStopping)
            await LeaveAsync();
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (!_isStopping)
        {
            var failed = false;
            try
            {
                await WaitAsync(_options.Round * (0.8 + (0.4 * _system.NextRandom())));
                await Task.Delay(ShortestRound, _system.Time); // However often it is poked.
                if (!_isStopping)
                    await RoundAsync();
            }
            catch (Exception error)
            {
                failed = true;
                _options.OnEvent(new ClusterEvent.StoreFailed(error));
            }

            if (failed)
                await WaitAsync(StoreRetry);
        }

        _ended.TrySetResult();
    }

    private async Task WaitAsync(TimeSpan time)
    {
        Task woken;
        lock (_gate)
            woken = _wake.Task;

        await using var timer = _system.Time.CreateTimer(
            static member => ((ClusterMember)member!).Poke(), this, time, Timeout.InfiniteTimeSpan);
        if (!_isStopping)
            await woken;

        lock (_gate)
        {
            if (_wake.Task.IsCompleted)
                _wake = NewWake();
        }
    }

    private async Task CheckClockAsync(CancellationToken cancellation)
    {
        var before = _system.Time.GetUtcNow();
        var there = (await _store.ReadAsync(cancellation)).Now;
        var after = _system.Time.GetUtcNow();
        var skew = there < before ? before - there : there > after ? there - after : TimeSpan.Zero;
        if (skew > _options.MaxClockSkew)
        {
            throw new ClusterException(ActorErrorCodes.ClockSkew,
                $"The clock of node {Node.Name} says {after:u}, the clock of the journal's database {there:u}: {skew.TotalSeconds:0} s apart, "
                + $"{_options.MaxClockSkew.TotalSeconds:0} s are allowed. Synchronise both clocks (NTP) and start the node again.");
        }
    }

    /// <summary>Joins; waits for the lease of a predecessor that was killed, and refuses to live beside one that still renews it.</summary>
    private async Task JoinAsync(CancellationToken cancellation)
    {
        var started = _system.Time.GetTimestamp();
        MemberRecord? seen = null;
        while (await _store.JoinAsync(Node, _options.Lease, cancellation) is { } holder)
        {
            if (seen is not null && (seen.Node.Id != holder.Node.Id || seen.LeaseUntil < holder.LeaseUntil))
            {
                throw new ClusterException(ActorErrorCodes.DuplicateNode,
                    $"A node named {Node.Name} runs already at {holder.Node.Address} and renews its lease. "
                    + "Give this node a name of its own, or stop the other one.");
            }

            seen = holder;
            await WaitAsync(_options.Round);
            started = _system.Time.GetTimestamp();
        }

        Leased(started);
        _options.OnEvent(new ClusterEvent.Joined(Node.Id));
    }

    private async Task RoundAsync()
    {
        var started = _system.Time.GetTimestamp();
        if (!await _store.RenewAsync(Node.Id, _options.Lease, CancellationToken.None))
        {
            await RejoinAsync();
            started = _system.Time.GetTimestamp();
        }

        Leased(started);
        if (await _store.DeclareDeadAsync(Node.Id, _options.Lease, CancellationToken.None) is { Count: > 0 } dead)
            _options.OnEvent(new ClusterEvent.DeclaredDead(dead));

        var view = await _store.ReadAsync(CancellationToken.None);
        _view = view;
        _options.OnEvent(new ClusterEvent.ViewRead(view));
        await DropForeignAsync(view);
        await ActAsync(view);
    }

    private async Task RejoinAsync()
    {
        foreach (var shard in _system.OwnedShards)
            _system.LoseShard(shard, ActorErrorCodes.LeaseLost);

        _options.OnEvent(new ClusterEvent.Expelled(Node.Id));
        _node = _options.Node();
        await JoinAsync(CancellationToken.None);
    }

    /// <summary>Squares what is held here with what the store says: a claim whose answer was lost is given back, a lost shard is let go.</summary>
    private async Task DropForeignAsync(ClusterView view)
    {
        var held = _system.OwnedShards.ToHashSet();
        foreach (var shard in view.Shards)
        {
            var isMine = shard.Owner == Node.Id;
            if (isMine && !held.Contains(shard.ShardId) && !IsHandingOff(shard.ShardId))
                await _store.ReleaseAsync(Node.Id, shard.ShardId, shard.Epoch, CancellationToken.None);
            else if (!isMine && held.Contains(shard.ShardId))
                _system.LoseShard(shard.ShardId, ActorErrorCodes.ShardFenced);
        }
    }

    private async Task ActAsync(ClusterView view)
    {
        var plan = Placement.Plan(view, Node.Id, _options.Placement, Overdue(view));
        if (plan.Claim.Count > 0)
            await ClaimAsync(plan.Claim);

        if (Pending().Count > 0)
            return;

        foreach (var (shardId, to) in plan.HandOff)
            BeginHandOff(view.Shards[shardId], to);
    }

    private async Task ClaimAsync(IReadOnlyList<int> shards)
    {
        var grants = await _store.ClaimAsync(Node.Id, shards, CancellationToken.None);
        if (grants.Count == 0)
            return;

        _system.AddShards(grants);
        _options.OnEvent(new ClusterEvent.Claimed([.. grants.Select(grant => grant.ShardId)]));
    }

    /// <summary>Shards that have been free for two rounds: who should have taken them did not.</summary>
    private HashSet<int> Overdue(ClusterView view)
    {
        var overdue = new HashSet<int>();
        foreach (var shard in view.Shards)
        {
            if (!Placement.IsFree(view, shard))
                _freeSince.Remove(shard.ShardId);
            else if (!_freeSince.TryAdd(shard.ShardId, _system.Time.GetTimestamp())
                && _system.Time.GetElapsedTime(_freeSince[shard.ShardId]) >= 2 * _options.Round)
                overdue.Add(shard.ShardId);
        }

        return overdue;
    }

    private void BeginHandOff(ShardRecord shard, Guid to)
    {
        // The task removes itself, so it must not run before it is listed.
        lock (_gate)
            _handOffs[shard.ShardId] = HandOffAsync(shard, to);
    }

    private async Task HandOffAsync(ShardRecord shard, Guid to)
    {
        await Task.Yield();
        try
        {
            if (!await _store.BeginHandOffAsync(Node.Id, shard.ShardId, shard.Epoch, to, CancellationToken.None))
                return;

            var inTime = await _system.DrainShardAsync(shard.ShardId, _options.HardStop);
            await _store.ReleaseAsync(Node.Id, shard.ShardId, shard.Epoch, CancellationToken.None);
            _options.OnEvent(new ClusterEvent.HandedOff(shard.ShardId, to, inTime));
        }
        catch (Exception error)
        {
            // Drained or not, the next round finds the shard owned and not held, and gives it back.
            _options.OnEvent(new ClusterEvent.StoreFailed(error));
        }
        finally
        {
            lock (_gate)
                _handOffs.Remove(shard.ShardId);
        }
    }

    private List<Task> Pending()
    {
        lock (_gate)
            return [.. _handOffs.Values];
    }

    private bool IsHandingOff(int shardId)
    {
        lock (_gate)
            return _handOffs.ContainsKey(shardId);
    }

    /// <summary>The lease holds, counted from before it was asked for.</summary>
    private void Leased(long started)
    {
        var left = _options.Lease.Term - _options.Safety - _system.Time.GetElapsedTime(started);
        if (left <= TimeSpan.Zero)
        {
            Suspend(); // The answer took so long that it is of no use any more.
            return;
        }

        lock (_gate)
        {
            _leaseTimer.Change(left, Timeout.InfiniteTimeSpan);
            if (!_isSuspended)
                return;

            // Within the lock, as in Suspend: whichever comes last is what holds.
            _isSuspended = false;
            _system.Resume();
        }

        _options.OnEvent(new ClusterEvent.Resumed());
    }

    private void Suspend()
    {
        lock (_gate)
        {
            if (_isSuspended || _isStopping)
                return;

            _isSuspended = true;
            _system.Suspend();
        }

        _options.OnEvent(new ClusterEvent.Suspended());
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

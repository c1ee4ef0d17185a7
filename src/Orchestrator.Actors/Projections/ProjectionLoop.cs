namespace Orchestrator.Actors.Projections;

/// <summary>Keeps one version of one projection up to date for the shards this node serves; one round at a time.</summary>
/// <remarks>
/// A round reads what is new in each shard that is due, folds it and commits everything in one transaction. Told of new events by the
/// journal writer, it also looks at every shard at the poll interval, because only the journal is the truth. After any doubt – a
/// failure, an offset that somebody else has moved – it forgets what it knew of the shard and reads the store again.
/// </remarks>
internal sealed class ProjectionLoop : IThreadPoolWorkItem
{
    private readonly ActorSystem _system;
    private readonly IProjectionStore _store;
    private readonly ProjectionOptions _options;
    private readonly ProjectionRunner _runner;
    private readonly Projection _projection;
    private readonly Dictionary<int, ShardProgress> _shards = [];
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _bornAt;
    private TimeSpan _notBefore;
    private TimeSpan _nextSweep;
    private bool _isTriggered;
    private bool _isRunning;
    private bool _isStarted;
    private int _failures;
    private int _first;
    private volatile ProjectionStandingBox? _standing;

    public ProjectionLoop(ActorSystem system, IProjectionStore store, ProjectionOptions options, ProjectionRunner runner, Projection projection)
    {
        (_system, _store, _options, _runner, _projection) = (system, store, options, runner, projection);
        _bornAt = system.Time.GetTimestamp();
        _timer = system.Time.CreateTimer(
            static loop => ((ProjectionLoop)loop!).Trigger(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ProjectionId Id => _projection.Id;

    /// <summary>Whether readers see this version. Read by any thread.</summary>
    public bool IsActive => _standing?.Value == ProjectionStanding.Active;

    // Monotonic: a wall clock that is set back must not make the projection wait for it.
    private TimeSpan Now => _system.Time.GetElapsedTime(_bornAt);

    private bool IsSuperseded => _standing?.Value == ProjectionStanding.Superseded;

    /// <summary>Whether it is waiting for this loop that brings readers what they miss. Read by any thread.</summary>
    public bool MayBeActive => _standing is not { Value: not ProjectionStanding.Active };

    public void Start()
    {
        lock (_gate)
            _isStarted = true;

        Trigger();
    }

    /// <summary>Ends after the round that runs.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _isStarted = false;
            if (!_isRunning)
                _ended.TrySetResult();
        }

        _timer.Dispose();
        return _ended.Task;
    }

    /// <summary>There may be something to do. Any thread.</summary>
    public void Trigger()
    {
        lock (_gate)
        {
            _isTriggered = true;
            if (_isRunning || !_isStarted || IsSuperseded)
                return;

            if (_notBefore > Now)
            {
                Arm(_notBefore, Now);
                return;
            }

            _isRunning = true;
        }

        _system.Dispatcher.Schedule(this);
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        lock (_gate)
            _isTriggered = false;

        try
        {
            if (await RoundAsync())
            {
                lock (_gate)
                    _isTriggered = true;
            }

            _failures = 0;
        }
        catch (Exception error)
        {
            Fail(error);
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            var now = Now;
            if (_isStarted && _isTriggered && now >= _notBefore && !IsSuperseded)
            {
                _system.Dispatcher.ScheduleLast(this); // Still running, as far as others can tell.
                return;
            }

            _isRunning = false;
            if (!_isStarted)
                _ended.TrySetResult();
            else if (!IsSuperseded)
                Arm(_isTriggered || _nextSweep < _notBefore ? _notBefore : _nextSweep, now);
        }
    }

    private void Arm(TimeSpan next, TimeSpan now) => _timer.Change(next > now ? next - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    /// <summary>Whatever happened, nothing that was known of the store counts any more.</summary>
    private void Fail(Exception error)
    {
        var delay = _options.Retry.Delay(++_failures, _system.NextRandom());
        _shards.Clear();
        _standing = null;
        Postpone(delay);
        _system.Emit(new KernelEvent.ProjectionFailed(Id.ToString(), error, delay));
    }

    private void Postpone(TimeSpan delay)
    {
        lock (_gate)
        {
            _notBefore = Now + delay;
            _isTriggered = true;
        }
    }

    /// <returns>Whether more waits already.</returns>
    private async Task<bool> RoundAsync()
    {
        if (!await RegisterAsync())
            return false;

        await FollowOwnershipAsync();
        MarkDue();
        var folds = await FoldAsync();
        if (folds.Count > 0)
            await CommitAsync(folds);

        var isMore = _shards.Values.Any(shard => shard.IsDue && !shard.IsHalted);
        if (!isMore && !IsActive)
            await ActivateAsync();

        return isMore;
    }

    private async Task<bool> RegisterAsync()
    {
        if (_standing is null)
        {
            var standing = await _store.RegisterAsync(Id, CancellationToken.None);
            _standing = new ProjectionStandingBox(standing);
            if (standing == ProjectionStanding.Superseded)
                _system.Emit(new KernelEvent.ProjectionSuperseded(Id.ToString()));
        }

        return !IsSuperseded;
    }

    private async Task FollowOwnershipAsync()
    {
        var served = _system.ServedShards;
        foreach (var lost in _shards.Keys.Except(served).ToList())
            _shards.Remove(lost);

        if (served.All(_shards.ContainsKey))
            return;

        var offsets = await _store.ReadOffsetsAsync(Id, CancellationToken.None);
        foreach (var shard in served)
            _shards.TryAdd(shard, new ShardProgress(shard, offsets.GetValueOrDefault(shard) ?? ProjectionOffset.Start));
    }

    private void MarkDue()
    {
        var now = Now;
        var isSweep = now >= _nextSweep;
        foreach (var shard in _shards.Values)
            shard.IsDue |= isSweep || _system.HeadOf(shard.ShardId) > shard.Offset.Position;

        if (isSweep)
            _nextSweep = now + _options.PollInterval;
    }

    /// <summary>Reads and folds what is new, beginning with another shard each time so that a busy one cannot starve the rest.</summary>
    private async Task<List<ShardFold>> FoldAsync()
    {
        var folds = new List<ShardFold>();
        var due = _shards.Values.Where(shard => shard.IsDue && !shard.IsHalted).OrderBy(shard => shard.ShardId).ToList();
        var events = 0L;
        _first++;
        for (var i = 0; i < due.Count && events < _options.MaxBatchEvents; i++)
        {
            var shard = due[(i + _first) % due.Count];
            if (await FoldAsync(shard) is not { } fold)
                continue;

            folds.Add(fold);
            events += fold.Position - shard.Offset.Position;
        }

        return folds;
    }

    private async Task<ShardFold?> FoldAsync(ShardProgress shard)
    {
        await VerifyAsync(shard);
        var page = await _system.Journal.ReadShardAsync(shard.ShardId, shard.Offset.Position, _options.PageSize, CancellationToken.None);
        shard.IsDue = page.Count == _options.PageSize;
        if (page.Count == 0)
        {
            if (IsActive)
                _runner.Reached(Id.Name, shard.ShardId, shard.Offset.Position);

            return null;
        }

        var missing = shard.MissingRows(_projection, page);
        if (missing.Count > 0)
            shard.Remember(missing, await _store.FindAsync(Id, missing, CancellationToken.None));

        var fold = shard.Fold(_projection, page, _options.PoisonAttempts, _system.Time.GetUtcNow());
        if (fold.Poison is { } poison)
            MeetPoison(shard, fold, poison);

        return fold.IsEmpty ? null : fold;
    }

    private void MeetPoison(ShardProgress shard, ShardFold fold, Exception poison)
    {
        shard.IsDue |= fold.EndedEarly;
        if (shard.IsHalted)
            _system.Emit(new KernelEvent.ProjectionHalted(Id.ToString(), shard.ShardId, fold.PoisonPosition, poison));
        else if (fold.EndedEarly && fold.IsEmpty)
            Postpone(_options.Retry.Delay(1, _system.NextRandom()));
    }

    /// <summary>Rows that were made of another journal, or of events that a restored one no longer has, are made anew.</summary>
    private async Task VerifyAsync(ShardProgress shard)
    {
        if (shard.IsVerified)
            return;

        var at = await _system.Journal.ReadShardAsync(shard.ShardId, shard.Offset.Position - 1, 1, CancellationToken.None);
        if (at is [var last] && last.Position == shard.Offset.Position && last.Hash.AsSpan().SequenceEqual(shard.Offset.Hash))
        {
            shard.IsVerified = true;
            return;
        }

        _system.Emit(new KernelEvent.ProjectionReset(Id.ToString(), shard.ShardId, shard.Offset.Position));
        await _store.ResetAsync(Id, shard.ShardId, CancellationToken.None);
        shard.Restart();
        _runner.Reached(Id.Name, shard.ShardId, 0);
    }

    private async Task CommitAsync(List<ShardFold> folds)
    {
        var commits = folds.ConvertAll(fold => fold.Commit);
        var stored = await _store.CommitAsync(Id, commits, CancellationToken.None);
        for (var i = 0; i < folds.Count; i++)
        {
            if (stored[i])
                Take(folds[i], commits[i]);
            else
                Forget(folds[i].Progress);
        }
    }

    private void Take(ShardFold fold, ShardCommit commit)
    {
        fold.Progress.Advance(fold, _options.CachedRows);
        foreach (var letter in commit.DeadLetters)
            _system.Emit(new KernelEvent.EventSetAside(Id.ToString(), letter.ShardId, letter.Position, letter.Error));

        if (IsActive)
            _runner.Stored(Id.Name, commit);
    }

    /// <summary>Somebody else moves this shard, or this version is gone: look again, but not in a tight loop.</summary>
    private void Forget(ShardProgress shard)
    {
        _shards.Remove(shard.ShardId);
        _standing = null;
        Postpone(_options.Retry.Delay(1, _system.NextRandom()));
    }

    private async Task ActivateAsync()
    {
        if (_standing is null || !await _store.ActivateAsync(Id, CancellationToken.None))
            return;

        _standing = new ProjectionStandingBox(ProjectionStanding.Active);
        _system.Emit(new KernelEvent.ProjectionActivated(Id.ToString()));
        foreach (var shard in _shards.Values)
            _runner.Reached(Id.Name, shard.ShardId, shard.Offset.Position);
    }

    /// <summary>An enum that other threads may read while it changes.</summary>
    private sealed record ProjectionStandingBox(ProjectionStanding Value);
}

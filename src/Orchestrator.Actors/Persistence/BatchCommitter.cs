namespace Orchestrator.Actors.Persistence;

/// <summary>Brings one group of writes to an end: stored, lost, refused, or given up at the deadline.</summary>
/// <remarks>
/// A transient error is waited out, for all writes together. A refusal that is certain is narrowed down by halves to the entity
/// whose events are bad; the others are stored. A call that hangs counts as an unknown outcome: the heads tell what came of
/// it, and nothing is sent beside it.
/// </remarks>
internal sealed class BatchCommitter
{
    // So many entities refused one after the other, and none stored: it is the store that refuses, not their events.
    private const int StoreRefusals = 16;

    private readonly ActorSystem _system;
    private readonly IJournal _journal;
    private readonly JournalWriterOptions _options;
    private readonly WriteBacklog _backlog;
    private readonly JournalGate _health;
    private readonly HeadResolver _resolver;
    private long _stopsSince = -1;
    private int _refusedInRow;

    public BatchCommitter(ActorSystem system, IJournal journal, JournalWriterOptions options, WriteBacklog backlog, JournalGate health)
    {
        _system = system;
        _journal = journal;
        _options = options;
        _backlog = backlog;
        _health = health;
        _resolver = new HeadResolver(journal, health, Lose);
    }

    /// <summary>From now on nothing waits for the journal longer than the stop may take.</summary>
    public void BeginStop() => Volatile.Write(ref _stopsSince, _system.Time.GetTimestamp());

    public async Task CommitAsync(List<ShardBatch> all)
    {
        await BringToEndAsync(all);
        _health.IsWriterTrying = false;
    }

    private async Task BringToEndAsync(List<ShardBatch> all)
    {
        var open = new List<ShardBatch>(all);
        for (var attempt = 1; ; attempt++)
        {
            var error = await AttemptAsync(open);
            open.RemoveAll(batch => batch.IsDone);
            if (open.Count == 0)
                return;

            if (error is Refusal refusal)
            {
                await NarrowAsync(open, refusal.InnerException!);
                return;
            }

            if (error is JournalException { IsTransient: false, OutcomeUnknown: false } or ObjectDisposedException)
            {
                GiveUp(open, attempt, error);
                return;
            }

            if (error is null && attempt == 1)
                continue; // refused: look at the head at once

            await PauseAsync(open, attempt, error);
            if (open.Count == 0)
                return;
        }
    }

    /// <summary>One round: settle what is uncertain through the heads, append the rest.</summary>
    private async Task<Exception?> AttemptAsync(List<ShardBatch> open)
    {
        try
        {
            foreach (var batch in open)
                await _resolver.ResolveAsync(batch);

            var send = open.FindAll(batch => !batch.IsDone);
            if (send.Count > 0)
                return await SendAsync(send);

            Succeeded();
            return null;
        }
        catch (Exception error)
        {
            return error; // of the heads: nothing has changed
        }
    }

    private async Task<Exception?> SendAsync(List<ShardBatch> send)
    {
        try
        {
            var call = _journal.AppendAsync(send.ConvertAll(batch => batch.ToAppend()), CancellationToken.None).AsTask();
            await WatchAsync(call, send);
            Settle(send, await call);
            Succeeded();
            return null;
        }
        catch (Exception error) when (error is ArgumentException or JournalException { IsTransient: false, OutcomeUnknown: false })
        {
            return new Refusal(error);
        }
        catch (JournalException error) when (!error.OutcomeUnknown)
        {
            return error;
        }
        catch (Exception error)
        {
            // Without a promise of the store nothing is known: the heads will tell.
            foreach (var batch in send)
                batch.IsUncertain = true;

            return error;
        }
    }

    private void Succeeded()
    {
        _health.IsWriterTrying = false;
        _health.Fine();
    }

    /// <summary>Waits for the append. One that hangs is looked after through the heads, but never overtaken by another.</summary>
    private async Task WatchAsync(Task call, List<ShardBatch> send)
    {
        var waited = TimeSpan.Zero;
        while (!call.IsCompleted && !await _health.EndsWithinAsync(call, _options.CallDeadline))
        {
            waited += _options.CallDeadline;
            var silent = JournalGate.Silent(waited);
            if (waited == _options.CallDeadline)
                _system.Emit(new KernelEvent.JournalSilent(waited));

            _health.IsWriterTrying = true;
            _health.Trouble(silent);
            foreach (var batch in send.Where(batch => !batch.IsDone))
                await LookAsync(batch);

            Expire(send.FindAll(batch => !batch.IsDone), 1, silent, isUncertain: true);
        }
    }

    private async Task LookAsync(ShardBatch batch)
    {
        try
        {
            await _resolver.ConfirmAsync(batch);
        }
        catch (Exception)
        {
            // The journal is silent on this way, too; the next look comes.
        }
    }

    private void Settle(List<ShardBatch> sent, IReadOnlyList<AppendOutcome> outcomes)
    {
        for (var i = 0; i < sent.Count; i++)
        {
            if (sent[i].IsDone)
                continue;

            if (outcomes[i] == AppendOutcome.Stored)
                sent[i].CompleteStored();
            else
                sent[i].IsUncertain = true; // the head tells whether the epoch or only the head has moved
        }

        _refusedInRow = outcomes.Contains(AppendOutcome.Stored) ? 0 : _refusedInRow;
    }

    /// <summary>Splits what was refused until the bad entity is alone.</summary>
    private async Task NarrowAsync(List<ShardBatch> open, Exception error)
    {
        var tickets = open.SelectMany(batch => batch.Tickets.Select(ticket => (batch.Cursor, ticket))).ToList();
        if (tickets.Count == 1 || _refusedInRow >= StoreRefusals)
        {
            _refusedInRow += tickets.Count == 1 ? 1 : 0;
            GiveUp(open, 1, error);
            return;
        }

        await BringToEndAsync(ShardBatch.Group(tickets.Take(tickets.Count / 2)));
        await BringToEndAsync(ShardBatch.Group(tickets.Skip(tickets.Count / 2)));
    }

    private async Task PauseAsync(List<ShardBatch> open, int attempt, Exception? error)
    {
        if (error is not null && attempt > 1)
        {
            _health.IsWriterTrying = true;
            _health.Trouble(error);
        }

        Expire(open, attempt, error, isUncertain: false);
        open.RemoveAll(batch => batch.IsDone);
        if (open.Count == 0)
            return;

        var delay = _options.Retry.Delay(attempt, _system.NextRandom());
        if (error is not null)
            _system.Emit(new KernelEvent.AppendFailed(attempt, error, delay));

        await Task.Delay(delay, _system.Time);
    }

    private void Expire(List<ShardBatch> open, int attempt, Exception? error, bool isUncertain)
    {
        var patience = Patience();
        var expired = open.FindAll(batch => _system.Time.GetElapsedTime(batch.Since) >= patience);
        foreach (var batch in expired)
            batch.IsUncertain |= isUncertain;

        if (expired.Count > 0)
            GiveUp(expired, attempt, error);

        _backlog.Expire(patience, error ?? JournalGate.Silent(_options.OutageDeadline));
    }

    private TimeSpan Patience() =>
        Volatile.Read(ref _stopsSince) is >= 0 and var since && _system.Time.GetElapsedTime(since) >= _options.StopDeadline
            ? TimeSpan.Zero
            : _options.OutageDeadline;

    private void GiveUp(List<ShardBatch> open, int attempt, Exception? error)
    {
        if (error is not null)
            _system.Emit(new KernelEvent.AppendFailed(attempt, error, null));

        foreach (var batch in open)
        {
            batch.Cursor.NeedsSync |= batch.IsUncertain;
            batch.Cursor.IsSuspect |= batch.IsUncertain;
            batch.Complete(new WriteResult(WriteOutcome.NotConfirmed, error));
        }
    }

    private void Lose(ShardCursor cursor, string code)
    {
        cursor.LostCode = code;
        _system.OnShardLost(cursor.ShardId, code);
    }

    /// <summary>The store has refused the append as it is, for certain and for good.</summary>
    private sealed class Refusal(Exception inner) : Exception(inner.Message, inner);
}

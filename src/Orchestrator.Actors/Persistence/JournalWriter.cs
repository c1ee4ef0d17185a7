using System.Threading.Channels;

namespace Orchestrator.Actors.Persistence;

/// <summary>The one writer of a node: groups what many entities want to store into one append at a time.</summary>
/// <remarks>
/// Group commit without a timer: a batch is what arrived while the previous one was being committed. Invariants: one append in
/// flight; a ticket completes as stored only after the journal said so, or after the shard's head and last hash prove it; every
/// ticket completes, whatever happens to the loop; an append is never cancelled.
/// </remarks>
internal sealed class JournalWriter : IThreadPoolWorkItem
{
    private readonly ActorSystem _system;
    private readonly IJournal _journal;
    private readonly JournalWriterOptions _options;
    private readonly ShardTable _shards;
    private readonly Channel<WriterItem> _queue;
    private readonly HeadResolver _resolver;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JournalWriter(ActorSystem system, IJournal journal, JournalWriterOptions options, ShardTable shards)
    {
        _system = system;
        _journal = journal;
        _options = options;
        _shards = shards;
        _queue = Channel.CreateBounded<WriterItem>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _resolver = new HeadResolver(journal, Lose);
    }

    /// <summary>Starts the loop where turns run, so that it follows the dispatcher's rules.</summary>
    public void Start() => _system.Dispatcher.Schedule(this);

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Takes no more writes and completes when those taken are settled.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _done.Task;
    }

    /// <summary>Stores; waits for room in the queue first.</summary>
    public async ValueTask<WriteResult> WriteAsync(WriteRequest request)
    {
        var ticket = new WriterItem.Ticket(request);
        try
        {
            if (!_queue.Writer.TryWrite(ticket))
                await _queue.Writer.WriteAsync(ticket);
        }
        catch (ChannelClosedException error)
        {
            return new WriteResult(WriteOutcome.NotConfirmed, error);
        }

        return await ticket.Result;
    }

    /// <summary>Stores a snapshot some time; when the queue is full it is left out.</summary>
    public void Offer(JournalSnapshot snapshot) => _queue.Writer.TryWrite(new WriterItem.Snapshot(snapshot));

    private async Task RunAsync()
    {
        Exception? error = null;
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
                await WriteBatchAsync();
        }
        catch (Exception fault)
        {
            error = fault;
            _system.Emit(new KernelEvent.AppendFailed(0, fault, null));
        }

        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out var item))
            (item as WriterItem.Ticket)?.Complete(new WriteResult(WriteOutcome.NotConfirmed, error));

        _done.TrySetResult();
    }

    private async Task WriteBatchAsync()
    {
        var snapshots = new List<JournalSnapshot>();
        var batches = TakeBatch(snapshots);
        try
        {
            if (batches.Count > 0)
                await CommitAsync(batches);
        }
        finally
        {
            foreach (var batch in batches)
                batch.Complete(new WriteResult(WriteOutcome.NotConfirmed));

            _system.TriggerProjections();
        }

        foreach (var snapshot in snapshots)
            await SaveAsync(snapshot);
    }

    private List<ShardBatch> TakeBatch(List<JournalSnapshot> snapshots)
    {
        // Sorted by shard: stores take their row locks in this order.
        var batches = new SortedDictionary<int, ShardBatch>();
        var (events, bytes) = (0, 0);
        while (events < _options.MaxBatchEvents && bytes < _options.MaxBatchBytes && _queue.Reader.TryRead(out var item))
        {
            if (item is WriterItem.Snapshot snapshot)
                snapshots.Add(snapshot.Value);
            else if (item is WriterItem.Ticket ticket)
            {
                events += Math.Max(1, ticket.Request.Events.Count);
                bytes += ticket.Bytes;
                AddTo(batches, ticket);
            }
        }

        return [.. batches.Values];
    }

    private void AddTo(SortedDictionary<int, ShardBatch> batches, WriterItem.Ticket ticket)
    {
        // Another epoch: the shard was lost and granted again while the entity decided on what it knew before.
        if (_shards.Find(ticket.Request.ShardId) is not { LostCode: null } cursor || cursor.Epoch != ticket.Request.Epoch)
        {
            ticket.Complete(WriteResult.ShardLost);
            return;
        }

        if (!batches.TryGetValue(cursor.ShardId, out var batch))
            batches.Add(cursor.ShardId, batch = new ShardBatch(cursor));

        batch.Add(ticket);
    }

    private async Task CommitAsync(List<ShardBatch> all)
    {
        var open = new List<ShardBatch>(all);
        for (var attempt = 1; ; attempt++)
        {
            var error = await AttemptAsync(open);
            open.RemoveAll(batch => batch.IsDone);
            if (open.Count == 0)
                return;

            if (error is JournalException { IsTransient: false, OutcomeUnknown: false } || attempt > _options.Retry.MaxRestarts)
            {
                GiveUp(open, attempt, error);
                return;
            }

            if (error is null && attempt == 1)
                continue; // refused: look at the head at once

            var delay = _options.Retry.Delay(attempt, _system.NextRandom());
            if (error is not null)
                _system.Emit(new KernelEvent.AppendFailed(attempt, error, delay));

            await Task.Delay(delay, _system.Time);
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
                Settle(send, await _journal.AppendAsync(send.ConvertAll(batch => batch.ToAppend()), CancellationToken.None));

            return null;
        }
        catch (JournalException error) when (!error.OutcomeUnknown)
        {
            return error;
        }
        catch (Exception error)
        {
            // Without a promise of the store nothing is known: the heads will tell.
            foreach (var batch in open)
                batch.IsUncertain = true;

            return error;
        }
    }

    private static void Settle(List<ShardBatch> sent, IReadOnlyList<AppendOutcome> outcomes)
    {
        for (var i = 0; i < sent.Count; i++)
        {
            if (outcomes[i] == AppendOutcome.Stored)
                sent[i].CompleteStored();
            else
                sent[i].IsUncertain = true; // the head tells whether the epoch or only the head has moved
        }
    }

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

    private async Task SaveAsync(JournalSnapshot snapshot)
    {
        try
        {
            await _journal.SaveSnapshotAsync(snapshot, CancellationToken.None);
        }
        catch (Exception error)
        {
            _system.Emit(new KernelEvent.SnapshotFailed(snapshot.Id.ToString(), error));
        }
    }
}

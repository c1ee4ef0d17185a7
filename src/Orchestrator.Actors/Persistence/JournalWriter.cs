using System.Threading.Channels;

namespace Orchestrator.Actors.Persistence;

/// <summary>The one writer of a node: groups what many entities want to store into one append at a time.</summary>
/// <remarks>
/// Group commit without a timer: a batch is what arrived while the previous one was being committed. Invariants: one append in
/// flight; a ticket completes as stored only after the journal said so, or after the shard's head and last hash prove it; every
/// ticket completes, whatever happens to the loop, and at the outage deadline at the latest; an append is never cancelled.
/// </remarks>
internal sealed class JournalWriter : IThreadPoolWorkItem
{
    private readonly ActorSystem _system;
    private readonly IJournal _journal;
    private readonly JournalWriterOptions _options;
    private readonly ShardTable _shards;
    private readonly JournalGate _health;
    private readonly Channel<WriterItem> _queue;
    private readonly WriteBacklog _backlog;
    private readonly BatchCommitter _committer;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JournalWriter(ActorSystem system, IJournal journal, JournalWriterOptions options, ShardTable shards, JournalGate health)
    {
        _system = system;
        _journal = journal;
        _options = options;
        _shards = shards;
        _queue = Channel.CreateBounded<WriterItem>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _backlog = new WriteBacklog(system.Time, options);
        _committer = new BatchCommitter(system, journal, options, _backlog, health);
        _health = health;
    }

    /// <summary>Starts the loop where turns run, so that it follows the dispatcher's rules.</summary>
    public void Start() => _system.Dispatcher.Schedule(this);

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Whether new commands are to be refused: too much waits already.</summary>
    public bool IsFull => _backlog.IsFull;

    public JournalBacklog Backlog => _backlog.Measure(_health.IsAvailable);

    /// <summary>Nothing waits for the journal longer than a stop may take.</summary>
    public void BeginStop() => _committer.BeginStop();

    /// <summary>Takes no more writes and completes when those taken are settled.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _done.Task;
    }

    /// <summary>Stores; waits for room in the queue first.</summary>
    public async ValueTask<WriteResult> WriteAsync(WriteRequest request)
    {
        var ticket = new WriterItem.Ticket(request, _system.Time.GetTimestamp());
        _backlog.Add(ticket);
        try
        {
            if (!_queue.Writer.TryWrite(ticket))
                await _queue.Writer.WriteAsync(ticket);
        }
        catch (ChannelClosedException error)
        {
            ticket.Complete(new WriteResult(WriteOutcome.NotConfirmed, error));
        }

        var result = await ticket.Result;
        _backlog.Remove(ticket);
        return result;
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
                await _committer.CommitAsync(batches);
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
            else if (item is WriterItem.Ticket { IsCompleted: false } ticket)
            {
                ticket.IsTaken = true;
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

using System.Collections.Concurrent;

namespace Orchestrator.Actors.Persistence;

/// <summary>What waits for the journal: how much, and since when. Safe for concurrent use.</summary>
internal sealed class WriteBacklog(TimeProvider time, JournalWriterOptions options)
{
    private readonly ConcurrentQueue<WriterItem.Ticket> _tickets = new();
    private readonly Lock _gate = new();
    private long _bytes;
    private int _count;

    /// <summary>The node takes no more commands.</summary>
    public bool IsFull => Volatile.Read(ref _bytes) >= options.MaxBytesInFlight;

    public JournalBacklog Measure(bool isAvailable) =>
        new(Volatile.Read(ref _count), Volatile.Read(ref _bytes), OldestAge(), isAvailable);

    public void Add(WriterItem.Ticket ticket)
    {
        Interlocked.Add(ref _bytes, ticket.Bytes);
        Interlocked.Increment(ref _count);
        _tickets.Enqueue(ticket);
    }

    public void Remove(WriterItem.Ticket ticket)
    {
        Interlocked.Add(ref _bytes, -ticket.Bytes);
        Interlocked.Decrement(ref _count);
        DropCompleted();
    }

    /// <summary>Fails what has waited in the queue for so long. Called on the writer's loop, which alone takes tickets.</summary>
    public void Expire(TimeSpan age, Exception error)
    {
        lock (_gate)
        {
            while (_tickets.TryPeek(out var oldest) && (oldest.IsCompleted || time.GetElapsedTime(oldest.EnqueuedAt) >= age))
            {
                // One that was taken belongs to its batch, whose outcome may be unknown.
                if (!oldest.IsCompleted && oldest.IsTaken)
                    return;

                oldest.Complete(new WriteResult(WriteOutcome.NotConfirmed, error));
                _tickets.TryDequeue(out _);
            }
        }
    }

    private TimeSpan OldestAge()
    {
        DropCompleted();
        return _tickets.TryPeek(out var oldest) ? time.GetElapsedTime(oldest.EnqueuedAt) : TimeSpan.Zero;
    }

    /// <summary>One thread does it; the others need not wait for it.</summary>
    private void DropCompleted()
    {
        if (!_gate.TryEnter())
            return;

        try
        {
            while (_tickets.TryPeek(out var oldest) && oldest.IsCompleted)
                _tickets.TryDequeue(out _);
        }
        finally
        {
            _gate.Exit();
        }
    }
}

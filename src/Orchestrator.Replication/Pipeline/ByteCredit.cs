namespace Orchestrator.Replication.Pipeline;

/// <summary>A budget of bytes that stages share: who needs bytes waits, first come first served, until they are there. Thread-safe.</summary>
/// <remarks>One request larger than the whole limit is granted once nothing else is held, so an odd limit slows but never blocks.</remarks>
public sealed class ByteCredit
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _limit;
    private long _held;
    private long _peak;

    /// <summary>Creates a budget of <paramref name="limit"/> bytes.</summary>
    public ByteCredit(long limit) => _limit = limit;

    /// <summary>The bytes that may be held at once. Lowering it takes nothing back.</summary>
    public long Limit
    {
        get
        {
            lock (_gate)
            {
                return _limit;
            }
        }

        set
        {
            lock (_gate)
            {
                _limit = value;
                Grant();
            }
        }
    }

    /// <summary>The bytes held now.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    /// <summary>The most bytes that were ever held at once.</summary>
    public long Peak
    {
        get
        {
            lock (_gate)
            {
                return _peak;
            }
        }
    }

    /// <summary>Takes bytes from the budget, waiting for them if need be.</summary>
    public async ValueTask AcquireAsync(long bytes, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_gate)
        {
            if (_waiters.Count == 0 && Fits(bytes))
            {
                Hold(bytes);
                return;
            }

            waiter = new Waiter(bytes);
            _waiters.AddLast(waiter);
        }

        await using var registration = cancellation.UnsafeRegister(_ => Abandon(waiter, cancellation), null);
        await waiter.Granted.Task;
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        lock (_gate)
        {
            _held -= bytes;
            Grant();
        }
    }

    private bool Fits(long bytes) => _held == 0 || _held + bytes <= _limit;

    private void Hold(long bytes)
    {
        _held += bytes;
        _peak = Math.Max(_peak, _held);
    }

    private void Grant()
    {
        while (_waiters.First is { } first && Fits(first.Value.Bytes))
        {
            _waiters.RemoveFirst();
            Hold(first.Value.Bytes);
            first.Value.Granted.SetResult();
        }
    }

    private void Abandon(Waiter waiter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_waiters.Remove(waiter))
            {
                waiter.Granted.SetCanceled(cancellation);
                Grant();
            }
        }
    }

    private sealed class Waiter(long bytes)
    {
        internal long Bytes { get; } = bytes;

        internal TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

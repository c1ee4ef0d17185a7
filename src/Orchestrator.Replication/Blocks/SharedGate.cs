using System.Runtime.InteropServices;

namespace Orchestrator.Replication.Blocks;

/// <summary>A gate many threads pass at once and one may close: closing waits until everybody inside has left.</summary>
/// <remarks>The counters are spread over cache lines, so passing costs two uncontended interlocked operations.</remarks>
internal sealed class SharedGate
{
    private const int Stripes = 16;
    private readonly Counter[] _inside = new Counter[Stripes];
    private readonly object _monitor = new();
    private volatile bool _closed;

    /// <summary>Enters, waiting while the gate is closed.</summary>
    /// <returns>What <see cref="Exit"/> needs.</returns>
    public int Enter()
    {
        var stripe = Environment.CurrentManagedThreadId % Stripes;
        while (true)
        {
            Interlocked.Increment(ref _inside[stripe].Value); // A full fence: either we see the closing or the closer sees us.
            if (!_closed)
            {
                return stripe;
            }

            Exit(stripe);
            lock (_monitor)
            {
                while (_closed)
                {
                    Monitor.Wait(_monitor);
                }
            }
        }
    }

    /// <summary>Leaves.</summary>
    public void Exit(int stripe)
    {
        if (Interlocked.Decrement(ref _inside[stripe].Value) == 0 && _closed)
        {
            lock (_monitor)
            {
                Monitor.PulseAll(_monitor);
            }
        }
    }

    /// <summary>Closes the gate and waits until nobody is inside; waits for another closer to open it first.</summary>
    public void Close()
    {
        lock (_monitor)
        {
            while (_closed)
            {
                Monitor.Wait(_monitor);
            }

            _closed = true;
            Interlocked.MemoryBarrier();
            while (IsOccupied())
            {
                Monitor.Wait(_monitor);
            }
        }
    }

    /// <summary>Opens the gate again.</summary>
    public void Open()
    {
        lock (_monitor)
        {
            _closed = false;
            Monitor.PulseAll(_monitor);
        }
    }

    private bool IsOccupied()
    {
        for (var i = 0; i < Stripes; i++)
        {
            if (Volatile.Read(ref _inside[i].Value) != 0)
            {
                return true;
            }
        }

        return false;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Counter
    {
        public int Value;
    }
}

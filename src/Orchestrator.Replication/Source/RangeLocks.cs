namespace Orchestrator.Replication.Source;

/// <summary>Keeps overlapping writes apart, so that they reach the disk in the order of their numbers.</summary>
/// <remarks>
/// A range locks the tickets of its 64 KiB stripes, always in ascending order. Two distant stripes may share a ticket: that costs a
/// wait, never an error. Without it two overlapping writes in flight could be logged in one order and written in the other.
/// </remarks>
internal sealed class RangeLocks
{
    private const int StripeShift = 16;
    private const int Tickets = 1024;
    private readonly object[] _tickets = [.. Enumerable.Range(0, Tickets).Select(_ => new object())];

    /// <summary>Waits for the range; <see cref="Exit"/> with the same arguments, on the same thread.</summary>
    public void Enter(long offset, long length)
    {
        var (start, count) = TicketsOf(offset, length);
        var wrapped = Math.Max(0, start + count - Tickets); // The tickets below the start come first.
        for (var i = 0; i < wrapped; i++)
        {
            Monitor.Enter(_tickets[i]);
        }

        for (var i = start; i < Math.Min(Tickets, start + count); i++)
        {
            Monitor.Enter(_tickets[i]);
        }
    }

    /// <summary>Gives the range free.</summary>
    public void Exit(long offset, long length)
    {
        var (start, count) = TicketsOf(offset, length);
        for (var i = 0; i < count; i++)
        {
            Monitor.Exit(_tickets[(start + i) % Tickets]);
        }
    }

    private static (int Start, int Count) TicketsOf(long offset, long length)
    {
        var first = offset >> StripeShift;
        var count = ((offset + length - 1) >> StripeShift) - first + 1;
        return count >= Tickets ? (0, Tickets) : ((int)(first % Tickets), (int)count);
    }
}

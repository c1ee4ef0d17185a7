namespace Orchestrator.Replication.ChangeLog;

/// <summary>A place in one disk's log. Safe beside the appending thread, and when the segment is recycled under it (then nothing is found).</summary>
internal sealed class LogCursor : IDisposable
{
    private ulong _nonce;
    private bool _held;

    public LogCursor(Segment start)
    {
        Segment = start;
        _ = TryEnter(start);
    }

    public Segment Segment { get; private set; }

    public int Position { get; private set; }

    /// <summary>The next record, or false when none is there (yet).</summary>
    public bool TryPeek(out RecordHeader header)
    {
        header = default;
        while (_held)
        {
            var next = Segment.Next; // Before looking: what is not here although a next segment exists will never be here.
            if (Segment.TryReadHeader(Position, _nonce, out header))
            {
                return true;
            }

            if (next is null || !TryEnter(next))
            {
                return false;
            }
        }

        return false;
    }

    public void Advance(in RecordHeader header) => Position += (int)header.RecordSize;

    public void Dispose()
    {
        if (_held)
        {
            _held = false;
            Segment.File.Unhold();
        }
    }

    /// <summary>Keeps the new segment mapped while the cursor is in it: released segments may be deleted.</summary>
    private bool TryEnter(Segment segment)
    {
        if (!segment.File.TryHold())
        {
            return false;
        }

        if (_held && segment.Next is not null)
        {
            Segment.File.Evict(); // Far behind: it will not be appended to soon.
        }

        Dispose();
        _held = true;
        (Segment, Position, _nonce) = (segment, ChangeLog.Segment.DataStart, segment.Nonce);
        return true;
    }
}

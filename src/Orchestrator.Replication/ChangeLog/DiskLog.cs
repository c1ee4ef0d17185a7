namespace Orchestrator.Replication.ChangeLog;

/// <summary>The log of one disk: a chain of segments with one place to append. Used under the machine's append lock.</summary>
internal sealed class DiskLog(ushort disk, SegmentPool pool)
{
    private Segment? _first;
    private Segment? _last;
    private Segment? _oldestUnflushed;
    private int _position;
    private long _nextIndex = 1;

    /// <summary>Takes over what recovery found; the log ends at <paramref name="end"/>, whatever bytes follow there.</summary>
    public void Adopt(Segment first, LogCursor end)
    {
        (_first, _last, _oldestUnflushed, _position) = (first, end.Segment, first, end.Position);
        _nextIndex = _last.Index + 1;
        _last.Cut(_position);
    }

    /// <summary>Gives all segments back to the pool.</summary>
    public void Clear()
    {
        pool.Recycle(Chain());
        (_first, _last, _oldestUnflushed) = (null, null, null);
    }

    /// <summary>Makes room for a record; null with a reason when there is none.</summary>
    public Slot? TryReserve(int dataLength, Guid incarnation, long sequence, Func<ulong> newNonce, out string reason)
    {
        reason = "";
        if (_last is null || !_last.HasRoom(_position, RecordHeader.SizeOf(dataLength)))
        {
            if (pool.TryTake(out reason) is not { } segment)
            {
                return null;
            }

            segment.Begin(incarnation, disk, _nextIndex++, sequence, newNonce());
            Link(segment);
        }

        return new Slot(_last!, _position);
    }

    /// <summary>Writes a record into the reserved room: the data first, so that a header never stands before torn data.</summary>
    public long Append(in Slot slot, in RecordHeader header, ReadOnlySpan<byte> data)
    {
        data.CopyTo(slot.Segment.Data(slot.Position, data.Length));
        header.Write(slot.Segment.File.Span(slot.Position, RecordHeader.Size));
        slot.Segment.MarkDirty();
        _position += (int)header.RecordSize;
        return header.RecordSize;
    }

    /// <summary>A cursor before the first record after <paramref name="sequence"/>; null when nothing was logged yet.</summary>
    public LogCursor? CursorAfter(long sequence)
    {
        Segment? start = null;
        foreach (var segment in Chain())
        {
            if (start is null || segment.FirstSequence <= sequence + 1)
            {
                start = segment;
            }
        }

        return start is null ? null : new LogCursor(start);
    }

    /// <summary>The segments to flush, oldest first; those before them are flushed.</summary>
    public List<Segment> TakeUnflushed()
    {
        var segments = new List<Segment>();
        for (var segment = _oldestUnflushed; segment is not null; segment = segment.Next)
        {
            segments.Add(segment);
        }

        _oldestUnflushed = _last;
        return segments;
    }

    /// <summary>Whether a segment holds nothing but released changes.</summary>
    public bool HasReleased(long released) => _first?.Next is { } second && second.FirstSequence - 1 <= released;

    /// <summary>Gives back the segments that hold nothing but released changes.</summary>
    public void Release(long released)
    {
        while (HasReleased(released))
        {
            var segment = _first!;
            _oldestUnflushed = ReferenceEquals(_oldestUnflushed, segment) ? segment.Next : _oldestUnflushed;
            _first = segment.Next;
            pool.Recycle([segment]);
        }
    }

    /// <summary>Unmaps the segments.</summary>
    public void Close()
    {
        foreach (var segment in Chain())
        {
            segment.Dispose();
        }

        _first = _last = null;
    }

    private void Link(Segment segment)
    {
        if (_last is null)
        {
            _first = _oldestUnflushed = segment;
        }
        else
        {
            _last.Next = segment;
            EvictBacklog(_last);
        }

        _last = segment;
        _position = Segment.DataStart;
    }

    /// <summary>A reader close behind finds the closed segment in memory; one that is far behind has it read from the cache later.</summary>
    private void EvictBacklog(Segment closed)
    {
        if (closed.Index > _first!.Index + 1)
        {
            closed.File.Evict();
        }
    }

    private List<Segment> Chain()
    {
        var chain = new List<Segment>();
        for (var segment = _first; segment is not null; segment = segment.Next)
        {
            chain.Add(segment);
        }

        return chain;
    }
}

/// <summary>Room for a record.</summary>
internal readonly record struct Slot(Segment Segment, int Position);

namespace Orchestrator.Replication.Target;

/// <summary>The order of stored batches: the contiguous prefix, what waits beyond a gap, and what can be applied next.</summary>
/// <remarks>Not thread-safe: the store's lock guards it.</remarks>
internal sealed class IngestBacklog
{
    /// <summary>How far ahead of the next batch expected a number may be.</summary>
    public const int Window = 4096;

    private readonly List<IngestEntry> _ready = [];
    private readonly Dictionary<long, IngestEntry> _waiting = [];
    private long _readyBytes;
    private long _openBytes;
    private long _epoch;
    private bool _epochEnded = true;
    private bool _anySequence = true;

    /// <summary>The next batch expected: all below are durable.</summary>
    public long NextBatch { get; private set; }

    /// <summary>The next batch to apply.</summary>
    public long NextApply => NextBatch - _ready.Count;

    public long DurableSequence { get; private set; }

    /// <summary>The mark of the last epoch that has arrived completely.</summary>
    public long CompleteSequence { get; private set; }

    /// <summary>Starts at a batch number, with what came before it.</summary>
    public void Reset(long nextBatch, long durableSequence, long appliedEpoch, long appliedSequence)
    {
        _ready.Clear();
        _waiting.Clear();
        (_readyBytes, _openBytes) = (0, 0);
        (NextBatch, DurableSequence, CompleteSequence) = (nextBatch, durableSequence, appliedSequence);
        (_epoch, _epochEnded) = (appliedEpoch, true);
        _anySequence = nextBatch == 0;
    }

    public bool Knows(long number) => number < NextBatch || _waiting.ContainsKey(number);

    /// <summary>Why a batch cannot be the next one, or null; what lies beyond a gap is checked when its turn comes.</summary>
    public string? Objection(BatchHeader header) =>
        header.Number >= NextBatch + Window ? $"it is more than {Window} batches ahead of the next expected, {NextBatch}"
        : header.End is { } end && end.Mark.Epoch != header.Epoch ? $"it ends epoch {end.Mark.Epoch} but belongs to epoch {header.Epoch}"
        : header.Number == NextBatch ? ObjectionToNext(header)
        : null;

    /// <summary>Takes in a durable batch.</summary>
    public void Add(IngestEntry entry)
    {
        if (Knows(entry.Number))
        {
            return;
        }

        _waiting.Add(entry.Number, entry);
        while (_waiting.Remove(NextBatch, out var next) && ObjectionToNext(next.Header) is null)
        {
            Append(next);
        }
    }

    /// <summary>Forgets what lies beyond the contiguous prefix.</summary>
    public void ForgetWaiting() => _waiting.Clear();

    /// <summary>Forgets a damaged batch and all after it.</summary>
    public void CutFrom(long number, ControlRecord control)
    {
        var kept = _ready.TakeWhile(e => e.Number < number).ToList();
        Reset(control.NextApply, control.PrefixSequence, control.AppliedEpoch, control.AppliedSequence);
        kept.ForEach(Append);
    }

    /// <summary>What can be applied as one step: a whole epoch, or while inconsistent what is there up to <paramref name="maxBytes"/>.</summary>
    public IReadOnlyList<IngestEntry> NextUnit(bool consistent, long maxBytes)
    {
        long bytes = 0;
        for (var i = 0; i < _ready.Count; i++)
        {
            bytes += _ready[i].Record.BodyLength;
            if (_ready[i].Header.End is not null || (!consistent && bytes >= maxBytes))
            {
                return _ready[..(i + 1)];
            }
        }

        return consistent ? [] : _ready.ToList();
    }

    public bool HasUnit(bool consistent) => consistent ? _readyBytes > _openBytes : _ready.Count > 0;

    /// <summary>Bytes that only wait for the applier. An epoch that has not arrived whole does not count, or it never could.</summary>
    public long ApplicableBytes(bool consistent) => consistent ? _readyBytes - _openBytes : _readyBytes;

    public long ReadyBytes => _readyBytes;

    /// <summary>Drops the first batches: they are applied.</summary>
    public void RemoveApplied(int count)
    {
        _readyBytes -= _ready.Take(count).Sum(e => (long)e.Record.BodyLength);
        _ready.RemoveRange(0, count);
        _openBytes = Math.Min(_openBytes, _readyBytes);
    }

    private string? ObjectionToNext(BatchHeader header) =>
        header.FirstSequence > DurableSequence + 1 && !_anySequence
            ? $"it begins at sequence {header.FirstSequence} where {DurableSequence + 1} is the next"
        : IsCopyOnly(header) ? null
        : header.Epoch < _epoch || (_epochEnded && header.Epoch == _epoch && _epoch > 0)
            ? $"epoch {header.Epoch} has already ended"
        : !_epochEnded && header.Epoch != _epoch ? $"epoch {_epoch} has not ended"
        : null;

    /// <summary>Copied blocks carry no change of their own: they belong to no epoch's content.</summary>
    private static bool IsCopyOnly(BatchHeader header) => header.End is null && header.LastSequence < header.FirstSequence;

    private void Append(IngestEntry entry)
    {
        var header = entry.Header;
        _ready.Add(entry);
        _readyBytes += entry.Record.BodyLength;
        _anySequence &= IsCopyOnly(header);
        NextBatch++;
        DurableSequence = Math.Max(DurableSequence, Math.Max(header.LastSequence, header.End?.Mark.Sequence ?? 0));
        if (!IsCopyOnly(header))
        {
            (_epoch, _epochEnded) = (header.Epoch, header.End is not null);
        }

        _openBytes = header.End is not null ? 0 : _openBytes + entry.Record.BodyLength;
        CompleteSequence = header.End?.Mark.Sequence ?? CompleteSequence;
    }
}

namespace Orchestrator.Actors.Persistence;

/// <summary>The events of one entity that are passed over, as its history says.</summary>
/// <remarks>A record stands behind the event it is about, so a replay learns of it too late and starts over, knowing.</remarks>
internal sealed class SkippedEvents
{
    private readonly Dictionary<long, byte[]> _hashes = [];

    /// <summary>The newest snapshot that cannot contain an event passed over.</summary>
    public long NewestSnapshot { get; private set; } = long.MaxValue;

    /// <summary>Takes note of a record.</summary>
    /// <returns>Whether it is new: what was replayed so far did not heed it.</returns>
    public bool Learn(SkipRecord record)
    {
        NewestSnapshot = Math.Min(NewestSnapshot, record.SequenceNr - 1);
        return _hashes.TryAdd(record.SequenceNr, record.EventHash);
    }

    public bool Knows(long sequenceNr) => _hashes.ContainsKey(sequenceNr);

    public bool Fits(JournalEvent stored) => _hashes[stored.SequenceNr].AsSpan().SequenceEqual(stored.Hash);
}

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Goes along published checkpoints, which must rise by number; the same one twice counts once.</summary>
internal sealed class PublishedCursor : IDisposable
{
    private readonly IEnumerator<SignedCheckpoint> _copies;

    public PublishedCursor(IEnumerable<SignedCheckpoint> copies)
    {
        _copies = copies.GetEnumerator();
        MoveNext();
    }

    /// <summary>The copy; null behind the last.</summary>
    public SignedCheckpoint? Current { get; private set; }

    /// <summary>Its number; the highest there is behind the last copy, 0 for bytes that are no checkpoint.</summary>
    public long Number { get; private set; }

    public void MoveNext()
    {
        var before = Current;
        do
        {
            Current = _copies.MoveNext() ? _copies.Current : null;
        }
        while (Current is not null && before is not null && Current.HasBodyOf(before));
        Number = Current is null ? long.MaxValue : CheckpointFormat.TryDecode(Current.Body)?.Number ?? 0;
    }

    public void Dispose() => _copies.Dispose();
}

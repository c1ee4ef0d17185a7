namespace Orchestrator.Actors.Projections;

/// <summary>The changes of several events, reduced to the last one of each row, over rows known before.</summary>
internal sealed class ChangeSet(IReadOnlyDictionary<string, byte[]?> known)
{
    private readonly Dictionary<string, RowChange> _rows = new(StringComparer.Ordinal);
    private readonly List<RowChange> _prefixes = [];

    /// <summary>Prefixes first: a row written before one of them is gone with it, a row written after it stays.</summary>
    public IReadOnlyList<RowChange> Changes => [.. _prefixes, .. _rows.Values];

    public byte[]? Find(string key)
    {
        if (_rows.TryGetValue(key, out var change))
            return change.Kind == RowChangeKind.Upsert ? change.Value : null;

        return _prefixes.Exists(prefix => key.StartsWith(prefix.Key, StringComparison.Ordinal)) ? null : known.GetValueOrDefault(key);
    }

    public void Add(IReadOnlyList<RowChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Kind != RowChangeKind.DeletePrefix)
            {
                _rows[change.Key] = change;
                continue;
            }

            foreach (var key in _rows.Keys.Where(key => key.StartsWith(change.Key, StringComparison.Ordinal)).ToList())
                _rows.Remove(key);

            _prefixes.Add(change);
        }
    }

    /// <summary>What is known of the rows after the changes are stored.</summary>
    public void ApplyTo(Dictionary<string, byte[]?> rows)
    {
        foreach (var prefix in _prefixes)
        {
            foreach (var key in rows.Keys.Where(key => key.StartsWith(prefix.Key, StringComparison.Ordinal)).ToList())
                rows[key] = null;
        }

        foreach (var change in _rows.Values)
            rows[change.Key] = change.Kind == RowChangeKind.Upsert ? change.Value : null;
    }
}

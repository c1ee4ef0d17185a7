namespace Orchestrator.Actors.Projections;

/// <summary>What a <see cref="RowChange"/> does.</summary>
public enum RowChangeKind
{
    /// <summary>Writes the row, new or not.</summary>
    Upsert = 1,

    /// <summary>Removes the row if it is there.</summary>
    Delete = 2,

    /// <summary>Removes every row whose key begins with the given one.</summary>
    DeletePrefix = 3,
}

/// <summary>One change of a read model.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Key">The row's key, or the prefix; compared ordinally.</param>
/// <param name="Value">The row after an upsert; empty otherwise.</param>
public readonly record struct RowChange(RowChangeKind Kind, string Key, byte[] Value)
{
    /// <summary>Writes a row.</summary>
    public static RowChange Upsert(string key, byte[] value) => new(RowChangeKind.Upsert, key, value);

    /// <summary>Removes a row.</summary>
    public static RowChange Delete(string key) => new(RowChangeKind.Delete, key, []);

    /// <summary>Removes all rows below a prefix.</summary>
    public static RowChange DeletePrefix(string prefix) => new(RowChangeKind.DeletePrefix, prefix, []);
}

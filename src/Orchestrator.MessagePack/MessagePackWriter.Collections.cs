namespace Orchestrator.MessagePack;

/// <content>Collections.</content>
public ref partial struct MessagePackWriter
{
    /// <summary>Writes a collection as an array, in its own order.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="items">The elements.</param>
    /// <param name="write">Writes one element: exactly one value.</param>
    public void WriteList<T>(IReadOnlyCollection<T> items, MessagePackWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(write);
        WriteArrayHeader(items.Count);
        foreach (var item in items) write(ref this, item);
    }

    /// <summary>Writes a collection of a type with a contract as an array, in its own order.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="items">The elements.</param>
    public void WriteList<T>(IReadOnlyCollection<T> items)
        where T : IMessagePackContract<T>
    {
        ArgumentNullException.ThrowIfNull(items);
        WriteArrayHeader(items.Count);
        foreach (var item in items) item.Write(ref this);
    }

    /// <summary>Writes texts as an array, in their own order.</summary>
    /// <param name="items">The texts.</param>
    public void WriteList(IReadOnlyCollection<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        WriteArrayHeader(items.Count);
        foreach (var item in items) Write(item);
    }

    /// <summary>Writes a dictionary as a map, sorted by key (ordinal): equal content gives equal bytes.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="items">The pairs.</param>
    /// <param name="write">Writes one value: exactly one value.</param>
    public void WriteMap<T>(IReadOnlyDictionary<string, T> items, MessagePackWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(write);
        WriteMapHeader(items.Count);
        foreach (var (key, value) in items.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Write(key);
            write(ref this, value);
        }
    }

    /// <summary>Writes a dictionary as a map, sorted by key: equal content gives equal bytes.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="items">The pairs.</param>
    /// <param name="write">Writes one value: exactly one value.</param>
    public void WriteMap<T>(IReadOnlyDictionary<long, T> items, MessagePackWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(write);
        WriteMapHeader(items.Count);
        foreach (var (key, value) in items.OrderBy(pair => pair.Key))
        {
            Write(key);
            write(ref this, value);
        }
    }
}
